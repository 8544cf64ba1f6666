"""Tests whether a float model does better on images prepared in another way than its card says.

A model is trained on images with one scale and one order of channels. On other images its
predictions are useless, and no file tells which way is right. But only a few ways are in use, and
the labels of the evaluation samples show which of them the model was trained with.
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
"""The number of samples on which every way is tested. A way that does no better on them is not
tested further."""
SURE = 1e-3
"""The largest probability of chance, corrected for the number of ways, at which a way is reported.
It is small because a false alarm would make somebody change correct preprocessing."""
LEAST_GAIN = 0.01
"""The accuracy that another way must surely gain. A lucky scale may fit a good model too."""


class Way(NamedTuple):
    """A way to prepare images: ``(pixel - mean) / deviation`` for red, green and blue."""

    words: str
    """The words that follow "images" in a sentence"""
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    blue_first: bool = False
    flag: str | None = None
    """The value of ``--preprocess`` for it; None if there is none"""


class BetterWay(NamedTuple):
    """A way of preparation with which the float model is right more often."""

    way: Way
    accuracy: float
    now: float
    """The accuracy with the card's own way, on the same samples"""
    pairs: Pairs
    """The pairs of both ways: the other way is right and the card's way is wrong on the ``lost``
    samples"""
    probability: float
    """The probability of so many by chance, corrected for the number of ways"""


def find_better_way(
    pairing: Pairing,
    image: ImageInput,
    inputs: NDArray[np.uint8],
    truth: NDArray[np.int64],
    *,
    on_done: Callable[[str], None] = lambda _: None,
) -> BetterWay | None:
    """Return the best of the ways that are surely better than the card's; None if there is none.

    Args:
        pairing: the two networks. The float one reads pixels, and its graph has the card's scale
            and offset.
        image: the input of the model folder's card, with that scale and offset.
        inputs: pixels of evaluation samples, uint8 (samples, height, width, 3).
        truth: the index of each sample's true label, (samples,).
        on_done: receives a description of each way that was tested.

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
    # A way that was not tested further has proved nothing.
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
    # Take the first way that is not surely worse than the best: earlier ways change less.
    return next(
        each for each, found in better if mcnemar(count_pairs(best, found)) > 1 - CONFIDENCE
    )


def other_ways(pairing: Pairing, image: ImageInput, inputs: NDArray[np.uint8]) -> list[Way]:
    """Return the ways in use except the card's: those of Keras's models, and a few more."""
    own = _own_way(pairing, image)
    # With blue first, the card's first numbers belong to blue.
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

    The graph applies the card's scale and offset, so they are undone here.
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
    """Return whether the graph swaps red and blue; ``swap_channels`` names the layer so."""
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
    """Return whether two ways differ too little for a model to notice."""
    return first.blue_first == second.blue_first and all(
        bool(np.isclose(np.array(one), np.array(other), rtol=0.02, atol=1.0).all())
        for one, other in ((first.mean, second.mean), (first.deviation, second.deviation))
    )
