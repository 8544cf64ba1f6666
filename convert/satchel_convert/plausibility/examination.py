"""Examines a model's predictions for labelled samples, and lists the reasons to doubt them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.plausibility.absolute import chance_doubt, confidence_doubt
from satchel_convert.plausibility.confirmation import (
    Confirmed,
    confirm,
    halves_of,
    is_surely_worse,
)
from satchel_convert.plausibility.doubts import Doubt, strongest_first
from satchel_convert.plausibility.label_orders import find_order, in_figures, order_doubt
from satchel_convert.plausibility.trying import Attempt, Tried


class Examination(NamedTuple):
    """The accuracy of a model, and the reasons to doubt it."""

    samples: int
    accuracy: float
    """The share of the samples with the right top label, 0 to 1"""
    doubts: Sequence[Doubt]
    """The reasons to doubt that the model is used as it was trained, the strongest first"""


def examine(attempt: Attempt, truth: NDArray[np.int64], labels: Sequence[str]) -> Examination:
    """Return what the predictions of an attempt say about the model's labels and images.

    ``truth`` are the indexes of the true labels, (samples,), of at least the attempt's samples.
    """
    predictions = attempt.present
    truth = truth[: len(predictions)]
    found = [*_variant_doubts(attempt, truth), *_order_doubts(predictions, truth, labels)]
    if not found:
        found = [
            doubt
            for doubt in (chance_doubt(predictions, truth), confidence_doubt(predictions, truth))
            if doubt is not None
        ]
    accuracy = float((predictions.argmax(axis=1) == truth).mean())
    return Examination(len(truth), accuracy, strongest_first(found))


def _order_doubts(
    predictions: NDArray[np.float32], truth: NDArray[np.int64], labels: Sequence[str]
) -> list[Doubt]:
    reordered = find_order(predictions, truth, labels, halves_of(truth))
    return [] if reordered is None else [order_doubt(reordered, len(truth))]


def _variant_doubts(attempt: Attempt, truth: NDArray[np.int64]) -> list[Doubt]:
    """Return a doubt for each cause, about the first way that is not surely worse than the best."""
    confirmed: list[tuple[Tried, Confirmed]] = []
    for tried in attempt.tried:
        part = truth[: len(tried.predictions)]
        now = attempt.present[: len(tried.predictions)]
        gained = confirm(now, tried.predictions, part, halves_of(part))
        if gained is not None:
            confirmed.append((tried, gained))
    if not confirmed:
        return []
    best, _ = max(confirmed, key=lambda each: (each[1].accuracy, -each[1].loss))
    part = truth[: len(best.predictions)]
    tried, gained = next(
        each
        for each in confirmed
        if each[0] is best
        or (
            not is_surely_worse(each[0].predictions, best.predictions, part)
            and confirm(each[0].predictions, best.predictions, part, halves_of(part)) is None
        )
    )
    variant = tried.variant
    sentence = f"With images {variant.words}, {in_figures(gained, len(part))}."
    return [Doubt(variant.cause, sentence, variant.remedy, gained.gain)]
