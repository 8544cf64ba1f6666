"""Examines a model's predictions for labelled samples, and lists the reasons to doubt them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from satchel_convert.plausibility.absolute import chance_doubt, confidence_doubt
from satchel_convert.plausibility.confirmation import (
    Confirmed,
    confirm,
    halves_of,
    is_right,
    is_surely_worse,
)
from satchel_convert.plausibility.doubts import Doubt
from satchel_convert.plausibility.label_orders import find_order, in_figures, order_doubt
from satchel_convert.plausibility.several_labels import ranking_doubts
from satchel_convert.plausibility.trying import Attempt, Tried

UNUSUAL = 0.05
"""The accuracy by which an order of labels that is no usual mistake must exceed another repair, to
be named before it"""


class Examination(NamedTuple):
    """The accuracy of a model, and the reasons to doubt it."""

    samples: int
    accuracy: float
    """The share of the samples with the right answer, 0 to 1"""
    doubts: Sequence[Doubt]
    """The reasons to doubt that the model is used as it was trained, the strongest first"""


def examine(
    attempt: Attempt,
    truth: NDArray[Any],
    labels: Sequence[str],
    *,
    words: str = "right about",
) -> Examination:
    """Return what the predictions of an attempt say about the model's labels and images.

    ``truth`` are the indexes of the true labels, (samples,), of at least the attempt's samples; or
    for an attempt with the margins of several labels whether each is true, bool (samples, labels).
    ``words`` stand before the share of samples that have them, in a sentence.
    """
    predictions = attempt.present
    truth = truth[: len(predictions)]
    found = _repairs(attempt, truth, labels, words)
    if not found and truth.ndim > 1:
        found = ranking_doubts(predictions, truth, labels)
    elif not found:
        doubts = (chance_doubt(predictions, truth), confidence_doubt(predictions, truth))
        found = [doubt for doubt in doubts if doubt is not None]
    accuracy = float(is_right(predictions, truth).mean())
    return Examination(len(truth), accuracy, found)


def _repairs(
    attempt: Attempt, truth: NDArray[Any], labels: Sequence[str], words: str
) -> list[Doubt]:
    """Return the doubts that have a remedy, the strongest first."""
    variant = _variant_doubt(attempt, truth, words)
    reordered = find_order(attempt.present, truth, labels, halves_of(truth))
    if reordered is None:
        return [] if variant is None else [variant]
    order = order_doubt(reordered, len(truth), truth=words)
    if variant is None:
        return [order]
    # Exchanged colours look much like exchanged labels, and a measured order fits anything best.
    least = variant.gain + (UNUSUAL if reordered.order.measured else 0.0)
    first, second = (order, variant) if order.gain >= least else (variant, order)
    # What repairs far less is an effect of the same mistake.
    return [first, second] if second.gain > first.gain - UNUSUAL else [first]


def _variant_doubt(attempt: Attempt, truth: NDArray[Any], words: str) -> Doubt | None:
    """Return a doubt about the images: a way that is surely better than the present one."""
    confirmed: list[tuple[Tried, Confirmed]] = []
    for tried in attempt.tried:
        gained = confirm(
            attempt.present,
            tried.predictions,
            truth,
            halves_of(truth),
            candidates=attempt.candidates,
        )
        if gained is not None:
            confirmed.append((tried, gained))
    if not confirmed:
        return None
    best, _ = max(confirmed, key=_quality)
    named = next(each for each in confirmed if _is_as_good(each[0], best, truth))
    if named[0].variant.cause == "fit":
        # No fit is more usual than another, as a turn is than a mirror, and a scale than another.
        named = max((each for each in confirmed if each[0].variant.cause == "fit"), key=_quality)
    tried, gained = named
    figures = in_figures(gained, len(truth), truth=words)
    sentence = f"With images {tried.variant.words}, {figures}."
    return Doubt(tried.variant.cause, sentence, tried.variant.remedy, gained.gain, gained.cost)


def _quality(each: tuple[Tried, Confirmed]) -> tuple[float, float]:
    return each[1].accuracy, -each[1].loss


def _is_as_good(tried: Tried, best: Tried, truth: NDArray[Any]) -> bool:
    first, second = tried.predictions, best.predictions
    if is_surely_worse(first, second, truth):
        return False
    return tried is best or confirm(first, second, truth, halves_of(truth)) is None
