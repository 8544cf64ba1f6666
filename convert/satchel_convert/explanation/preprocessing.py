"""Whether a float model does better on images prepared in another way than its card says.

A model is trained on images that were scaled and ordered in one way and says nonsense of images
that are not, and no file tells. But few ways are in use, and the labels of the evaluation samples
tell which of them the model knows.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel_convert.explanation.layers import final_values
from satchel_convert.explanation.network import Pairing
from satchel_convert.own_models.preprocessing import PREPROCESSING, Preprocessing
from satchel_convert.verification.non_inferiority import (
    CONFIDENCE,
    Pairs,
    count_pairs,
    drop_interval,
    holm,
    mcnemar,
)

SCREENED = 32
"""Samples that every way is tried on; those that do no better there are tried no further"""
SURE = 1e-3
"""Probability, corrected for the number of ways, above which nothing is said: an alarm here makes
somebody change what is right"""
LEAST_GAIN = 0.01
"""Accuracy that another way is to gain surely; a lucky scale may fit a good model too"""


class Way(NamedTuple):
    """A way to prepare images: ``(pixel - mean) / deviation``, of red, green and blue."""

    words: str
    """Completes "images ..." """
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    blue_first: bool = False
    flag: str | None = None
    """What ``satchel convert`` calls it"""


class BetterWay(NamedTuple):
    """A way on which the float model is right more often."""

    way: Way
    accuracy: float
    now: float
    """Accuracy of the way of the card, on the same samples"""
    pairs: Pairs
    """``lost`` are those that the other way gets right and the card's way gets wrong"""
    probability: float
    """Of as many by chance, corrected for the number of ways"""


def find_better_way(
    pairing: Pairing,
    image: ImageInput,
    inputs: NDArray[np.uint8],
    truth: NDArray[np.int64],
    *,
    on_done: Callable[[str], None] = lambda _: None,
) -> BetterWay | None:
    """Return the way that the float model is surely better on, and best; None where there is none.

    Args:
        pairing: whose float model takes pixels and has the card's scale and offset in its graph.
        image: the input of the model folder's card, with that scale and offset.
        inputs: pixels of evaluation samples, (samples, height, width, 3).
        truth: the index of each one's right label, (samples,).
        on_done: is told each way that was tried.

    """
    right = _right(pairing, inputs.astype(np.float32), truth)
    ways = other_ways(pairing, image, inputs)
    tried = []
    for way in ways:
        first = prepare_so(pairing, image, inputs[:SCREENED], way)
        screened = _right(pairing, first, truth[:SCREENED])
        if screened.sum() > right[:SCREENED].sum():
            found = _right(pairing, prepare_so(pairing, image, inputs, way), truth)
            tried.append((way, found, count_pairs(found, right)))
        on_done(way.words)
    # A way that was given up is one that proved nothing.
    probabilities = [mcnemar(pairs) for _, _, pairs in tried] + [1.0] * (len(ways) - len(tried))
    better = [
        (BetterWay(way, float(found.mean()), float(right.mean()), pairs, float(probability)), found)
        for (way, found, pairs), probability in zip(
            tried, holm(np.array(probabilities)), strict=False
        )
        if probability < SURE and drop_interval(pairs).lower > LEAST_GAIN
    ]
    if not better:
        return None
    _, best = max(better, key=lambda each: each[0].accuracy)
    # The first that the best is not surely better than: what changes least comes first.
    return next(
        each for each, found in better if mcnemar(count_pairs(best, found)) > 1 - CONFIDENCE
    )


def other_ways(pairing: Pairing, image: ImageInput, inputs: NDArray[np.uint8]) -> list[Way]:
    """Return the ways in use that are not the card's: those of Keras's models, and a few more."""
    own = _own_way(pairing, image)
    # Whoever reads blue first has the numbers of the card's first channel for it.
    exchanged = own._replace(mean=own.mean[::-1], deviation=own.deviation[::-1])
    ways = [_in_other_order(exchanged, "of which {} comes first")]
    for way in _known_ways(inputs):
        ways += [way, _in_other_order(way, f"{way.words}, {{}} first")]
    kept = [own]
    for way in ways:
        coloured = len(way.mean) > 1 or way.blue_first
        if not (coloured and image.channels == 1) and not any(_alike(way, each) for each in kept):
            kept.append(way)
    return kept[1:]


def prepare_so(
    pairing: Pairing, image: ImageInput, inputs: NDArray[np.uint8], way: Way
) -> NDArray[np.float32]:
    """Return pixels, float32 (samples, height, width, 3), that the graph prepares as ``way`` does.

    The graph brings in the card's scale and offset, so that these are undone.
    """
    mean, deviation, scale, offset = (
        np.array(each, np.float32) for each in (way.mean, way.deviation, image.scale, image.offset)
    )
    wanted: NDArray[np.float32] = (inputs - mean) / deviation
    if way.blue_first != _takes_blue_first(pairing):
        wanted = wanted[..., ::-1]
    return (wanted - offset) / scale


def _own_way(pairing: Pairing, image: ImageInput) -> Way:
    count = max(len(image.scale), len(image.offset))
    scales, offsets = (np.broadcast_to(each, count) for each in (image.scale, image.offset))
    return Way(
        "as they are",
        tuple((-offsets / scales).tolist()),
        tuple((1 / scales).tolist()),
        _takes_blue_first(pairing),
    )


def _in_other_order(way: Way, words: str) -> Way:
    first = "red" if way.blue_first else "blue"
    return way._replace(words=words.format(first), blue_first=not way.blue_first, flag=None)


def _takes_blue_first(pairing: Pairing) -> bool:
    """Return whether the graph exchanges red and blue: ``deployable.swap_channels`` names that."""
    return any("blue_first" in layer.name for layer in pairing.layers)


def _known_ways(inputs: NDArray[np.uint8]) -> Iterator[Way]:
    yield Way("scaled to 0 to 1", (0.0,), (255.0,))
    yield Way("turned to their negatives and scaled to 0 to 1", (255.0,), (-255.0,))
    names: dict[Preprocessing, str] = {}
    for name, known in PREPROCESSING.items():
        names.setdefault(known, name)
    for known, name in names.items():
        words = f"prepared as keras.applications.{name}.preprocess_input does"
        flag = f"keras:{name}"
        yield Way(words, known.mean, known.deviation, known.blue_first, flag)
    mean, deviation = float(inputs.mean()), float(inputs.std())
    if deviation > 0:
        yield Way("brought to mean 0 and deviation 1", (mean,), (deviation,))


def _right(
    pairing: Pairing, inputs: NDArray[np.float32], truth: NDArray[np.int64]
) -> NDArray[np.bool_]:
    values = final_values(pairing, pairing.real.content, inputs)
    right: NDArray[np.bool_] = values.argmax(axis=1) == truth
    return right


def _alike(first: Way, second: Way) -> bool:
    """Return whether two ways differ by less than models notice."""
    return first.blue_first == second.blue_first and all(
        bool(np.isclose(np.array(one), np.array(other), rtol=0.02, atol=1.0).all())
        for one, other in ((first.mean, second.mean), (first.deviation, second.deviation))
    )
