"""Measures a classifier label by label, because one accuracy hides a label that is rarely found."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json

CONFIDENCE = 0.95
"""The share of all intervals that hold the true value."""
Interval: TypeAlias = tuple[float, float]


class LabelFigures(NamedTuple):
    """The figures of one label. A figure without samples to measure it on is None."""

    label: str
    samples: int
    """The number of samples that have the label."""
    predicted: int
    """The number of samples for which the model predicts the label."""
    found: int
    """The number of samples that have the label and for which it is predicted."""
    recall: float | None
    """``found`` of ``samples``."""
    recall_interval: Interval | None
    precision: float | None
    """``found`` of ``predicted``."""
    precision_interval: Interval | None
    f1: float | None
    """The harmonic mean of precision and recall."""
    f1_interval: Interval | None


class Measurement(NamedTuple):
    """The figures of a classifier, all from 0 to 1, with intervals of 95 %."""

    samples: int
    accuracy: float
    accuracy_interval: Interval
    balanced_accuracy: float
    """The mean recall of the labels that have samples."""
    balanced_accuracy_interval: Interval
    macro_f1: float
    """The mean F1 of the labels that have samples or are predicted."""
    labels: Sequence[LabelFigures]
    """The figures of each label that has samples or is predicted, in the order of the card."""

    @property
    def least_found(self) -> LabelFigures:
        """The label with the lowest recall; of several, the one with the most samples."""
        measured = [each for each in self.labels if each.recall is not None]
        return min(measured, key=lambda each: (each.recall, -each.samples))

    def as_json(self) -> dict[str, Json]:
        """Return the figures for ``training.json``."""
        labels: list[Json] = [_plain(each) for each in self.labels]
        return {**_plain(self._replace(labels=())), "labels": labels}


def measure_classifier(
    scores: NDArray[np.float32], truth: NDArray[np.int32], *, names: Sequence[str]
) -> Measurement:
    """Return the figures of a classifier on at least one sample.

    The intervals of shares are Wilson's. That of F1 is Wilson's of the samples found among those
    that have the label or get it, of which F1 is a function. That of the balanced accuracy joins
    the intervals of the labels by Zou and Donner 2008, Construction of confidence limits about
    effect measures: unlike a bootstrap, it stays wide for a label with few samples.

    Args:
        scores: the scores of the model, float32 (n, labels).
        truth: the positions of the right labels, (n,).
        names: the labels, each name once.

    """
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(truth, scores.argmax(axis=1), labels=range(len(names)))
    figures = [
        _of_label(name, int(row.sum()), int(column.sum()), int(row[at]))
        for at, (name, row, column) in enumerate(zip(names, counts, counts.T, strict=True))
        if row.any() or column.any()
    ]
    found, samples = int(counts.trace()), int(counts.sum())
    recalls = [each.recall for each in figures if each.recall is not None]
    intervals = [each.recall_interval for each in figures if each.recall_interval is not None]
    return Measurement(
        samples=samples,
        accuracy=found / samples,
        accuracy_interval=_wilson(found, samples),
        balanced_accuracy=float(np.mean(recalls)),
        balanced_accuracy_interval=_of_mean(recalls, intervals),
        macro_f1=float(np.mean([each.f1 for each in figures])),
        labels=figures,
    )


def _of_label(label: str, samples: int, predicted: int, found: int) -> LabelFigures:
    either = samples + predicted - found
    return LabelFigures(
        label=label,
        samples=samples,
        predicted=predicted,
        found=found,
        recall=found / samples if samples else None,
        recall_interval=_wilson(found, samples) if samples else None,
        precision=found / predicted if predicted else None,
        precision_interval=_wilson(found, predicted) if predicted else None,
        f1=_f1(found / either) if either else None,
        f1_interval=_interval(map(_f1, _wilson(found, either))) if either else None,
    )


def _f1(share: float) -> float:
    """Return the F1 of a label that is found in ``share`` of the samples that have or get it."""
    return 2 * share / (1 + share)


def _wilson(count: int, samples: int) -> Interval:
    from scipy.stats import binomtest

    return _interval(binomtest(count, samples).proportion_ci(CONFIDENCE, method="wilson"))


def _of_mean(values: Sequence[float], intervals: Sequence[Interval]) -> Interval:
    """Return the interval of the mean of independent ``values`` by those of each."""
    mean, count = float(np.mean(values)), len(values)
    below = math.hypot(*(value - low for value, (low, _) in zip(values, intervals, strict=True)))
    above = math.hypot(*(high - value for value, (_, high) in zip(values, intervals, strict=True)))
    return mean - below / count, mean + above / count


def _interval(bounds: Iterable[float]) -> Interval:
    low, high = bounds
    return float(low), float(high)


def _plain(figures: LabelFigures | Measurement) -> dict[str, Json]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in figures._asdict().items()
    }
