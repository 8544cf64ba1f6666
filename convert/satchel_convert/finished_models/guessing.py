"""Tries the usual preparations of images on labelled ones, where nothing states the right one."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, ImageInput, LabelOutput
from satchel.errors import EngineError
from satchel.inference import open_model, postprocess
from satchel.preprocessing import model_tensor
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.model_input import prepared_by
from satchel_convert.finished_models.predictions import isolated, sample_folder, true_labels
from satchel_convert.finished_models.preparation import USUAL, ask
from satchel_convert.model_folder import Sample, prepare
from satchel_convert.own_models.preprocessing import Preprocessing
from satchel_convert.sample_inputs import Inputs
from satchel_convert.statistics import share_interval

MOST = 512
"""The largest number of samples on which each is tried"""
CLEAR = 2.0
"""The number of standard errors by which the log loss of the chosen one must be lower"""
_BLUE = ", blue first (--channels bgr)"
_LEAST = 1e-7
"""The smallest probability in a log loss: float32 has no more digits beside 1"""


class Guess(NamedTuple):
    """A preparation of the images, and why it was chosen."""

    preprocessing: Preprocessing
    reason: str


class _Tried(NamedTuple):
    words: str
    preprocessing: Preprocessing
    losses: NDArray[np.float64]
    """The log loss of each sample"""
    right: NDArray[np.bool_]
    """Whether the top label of each sample is the true one"""


def guess_preparation(
    draft: Bundle,
    samples: Sequence[Sample],
    *,
    order_is_known: bool,
    blue_first: bool,
    name: str,
    deadline_s: float,
    decide: bool = False,
) -> Guess:
    """Return the preparation with which a model is right more often than with others in use.

    Both channel orders are tried unless ``order_is_known``; then ``blue_first`` is it. ``decide``
    takes the best one even if it is not clearly the best.

    Raises ModelFolderError if two are equally good or none is better than chance.
    """
    samples = [samples[at] for at in _mixed(len(samples))[:MOST]]
    image = draft.card.input
    assert isinstance(image, ImageInput)
    ways = _ways(image, order_is_known=order_is_known, blue_first=blue_first)
    folder = sample_folder(draft, samples)
    inputs = prepare(folder, [sample.value for sample in samples])
    scores = isolated(_scores, (draft, inputs, [each for _, each in ways]), deadline_s=deadline_s)
    output = draft.card.output
    assert isinstance(output, LabelOutput)
    truth = true_labels(samples, output)
    tried = [
        _Tried(words, way, *_judged(found, truth))
        for (words, way), found in zip(ways, scores, strict=True)
        if found is not None
    ]
    if not tried:
        raise ModelFolderError(f"Expected finite scores from {name!r}, got none: {ask()}.")
    best = max(tried, key=lambda each: (each.right.mean(), -each.losses.mean()))
    best = _with_red_first(best, tried)
    rivals = [each for each in tried if each is not best and not _beats(best, each)]
    right, count = int(best.right.sum()), len(samples)
    chance = 1 / len(draft.card.output.labels)
    if not decide and share_interval(right, count).lower <= chance:
        raise ModelFolderError(
            f"Expected --mean and --std, or --preprocess, for {name!r}: of the usual preparations"
            f" the best, {best.words}, is right for {right} of {count} samples, which may be"
            f" chance. {ask()}."
        )
    if not decide and rivals:
        second = max(rivals, key=lambda each: (each.right.mean(), -each.losses.mean()))
        raise ModelFolderError(
            f"Expected --mean and --std, or --preprocess, for {name!r}: {best.words} and"
            f" {second.words} are too close to choose, {right} and {int(second.right.sum())} of"
            f" {count} samples right. {ask()}."
        )
    reason = f"images {best.words}, the best of {len(tried)} usual preparations: {right} of {count}"
    return Guess(best.preprocessing, f"{reason} samples right")


def _ways(
    image: ImageInput, *, order_is_known: bool, blue_first: bool
) -> list[tuple[str, Preprocessing]]:
    orders = [blue_first] if order_is_known or image.channels == 1 else [False, True]
    return [
        (words + (_BLUE if order else ""), way._replace(blue_first=order))
        for words, way in USUAL.items()
        for order in orders
        if image.channels == 3 or len(way.mean) == 1
    ]


def _scores(
    draft: Bundle, inputs: Inputs, ways: Sequence[Preprocessing]
) -> list[NDArray[np.float32] | None]:
    """Return the probabilities, (samples, labels), of each way; this runs in a child process.

    They are None for a way in which the model returns no finite numbers.
    """
    model = open_model(draft)
    image = draft.card.input
    assert isinstance(image, ImageInput)
    found: list[NDArray[np.float32] | None] = []
    for way in ways:
        card = draft.card._replace(input=prepared_by(image, way))
        feed = partial(model_tensor, card=card, tensor=model.entry.input)
        try:
            parts = [model.run(feed(inputs[at : at + 1])) for at in range(len(inputs))]
        except EngineError:
            # Numbers that the model was not made for may be too large for it.
            found.append(None)
        else:
            found.append(postprocess(np.concatenate(parts), card).clip(0, 1))
    return found


def _judged(
    scores: NDArray[np.float32], truth: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the log loss of each sample, and whether its top label is a true one."""
    of_truth = np.where(truth, scores, 0).max(axis=1).astype(np.float64)
    losses = -np.log(of_truth.clip(_LEAST, 1))
    return losses, truth[np.arange(len(scores)), scores.argmax(axis=1)]


def _with_red_first(best: _Tried, tried: Sequence[_Tried]) -> _Tried:
    """Return the same way with red first, which is usual, unless blue first is clearly better."""
    for each in tried:
        same = best.preprocessing._replace(blue_first=False) == each.preprocessing
        if best.preprocessing.blue_first and same and not _is_better(best, each):
            return each
    return best


def _beats(best: _Tried, other: _Tried) -> bool:
    """Return whether the chosen way is surely better, or differs in a less usual order alone."""
    in_order = other.preprocessing._replace(blue_first=False) == best.preprocessing
    return in_order or _is_better(best, other)


def _is_better(best: _Tried, other: _Tried) -> bool:
    """Return whether a way is surely better than another one.

    A model that is always right tells nothing by its log loss: exaggerated numbers only make it
    more confident.
    """
    more = int((best.right & ~other.right).sum())
    less = int((other.right & ~best.right).sum())
    if more > less and share_interval(more, more + less).lower > 0.5:
        return True
    if best.right.all() and other.right.all():
        return False
    gains = other.losses - best.losses
    error = gains.std() / np.sqrt(len(gains)) + 1e-9
    return bool(more >= less and gains.mean() / error >= CLEAR)


def _mixed(count: int) -> NDArray[np.int64]:
    """Return the positions of the samples, mixed: the first ones may all have the first label."""
    return np.random.default_rng(0).permutation(count)
