"""Compares the predictions of two models for the same labelled samples."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.verification.non_inferiority import (
    CONFIDENCE,
    Interval,
    NonInferiority,
    Pairs,
    count_pairs,
    holm,
    mcnemar,
    non_inferiority,
    share_interval,
)
from satchel_convert.verification.sample_statistics import LabelStatistics

BINS = 15
"""The number of bins of equal width, as in Guo et al."""


class ClassDrop(NamedTuple):
    """A label of which the model loses more samples than chance explains."""

    label: str
    pairs: Pairs
    probability: float
    """The probability of so many losses by chance, corrected for the number of labels"""


class PairedTest(NamedTuple):
    """The results of comparing a model's labels with a reference."""

    verdict: NonInferiority
    agreement: Interval
    """The confidence interval of the share of samples with the same top label"""
    class_drops: Sequence[ClassDrop]
    """The labels with surprising losses, the surest first"""
    calibration_error: float
    """The expected calibration error of the model, 0 to 1"""
    reference_calibration_error: float
    """The expected calibration error of the reference, 0 to 1"""


def run_paired_test(
    found: LabelStatistics,
    reference: LabelStatistics,
    truth: NDArray[np.int64],
    *,
    labels: Sequence[str],
    margin: float,
) -> PairedTest:
    """Return the results of comparing a model's predictions with those of the ``reference``.

    Args:
        found: the statistics of the model's predictions.
        reference: the statistics of the replaced model's predictions for the same samples.
        truth: the index of each sample's true label, (samples,).
        labels: the names of the labels.
        margin: the accuracy that may be lost, 0 to 1.

    """
    right, expected_right = found.top == truth, reference.top == truth
    return PairedTest(
        non_inferiority(count_pairs(expected_right, right), margin=margin),
        share_interval(int((found.top == reference.top).sum()), len(truth)),
        _class_drops(expected_right, right, truth, labels),
        calibration_error(found.confidence, right),
        calibration_error(reference.confidence, expected_right),
    )


def calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error, 0 to 1.

    It is the mean distance between confidence and accuracy over all samples. ``confidence`` is the
    probability of each sample's top label, and ``right`` says whether that label is true.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3.
    """
    wide = confidence.astype(np.float64)
    # A bin excludes its lower end and includes its upper end.
    numbers = np.clip(np.ceil(wide * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(numbers, weights=right - wide, minlength=BINS)
    return float(np.abs(gaps).sum() / len(right))


def _class_drops(
    before: NDArray[np.bool_],
    now: NDArray[np.bool_],
    truth: NDArray[np.int64],
    labels: Sequence[str],
) -> list[ClassDrop]:
    pairs = [count_pairs(before[truth == at], now[truth == at]) for at in range(len(labels))]
    corrected = holm(np.array([mcnemar(each) for each in pairs]))
    drops = [
        ClassDrop(label, each, float(probability))
        for label, each, probability in zip(labels, pairs, corrected, strict=True)
        if probability < 1 - CONFIDENCE
    ]
    return sorted(drops, key=lambda drop: drop.probability)
