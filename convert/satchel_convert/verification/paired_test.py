"""Compares the predictions of two models for the same labelled samples."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import LabelOutput
from satchel_convert.statistics import (
    CONFIDENCE,
    Interval,
    NonInferiority,
    Pairs,
    count_pairs,
    holm,
    mcnemar,
    non_inferiority,
    seen_share,
    share_interval,
)
from satchel_convert.verification.label_figures import LabelFigures, label_figures
from satchel_convert.verification.sample_statistics import LabelStatistics

BINS = 15
"""The number of bins of equal width, as in Guo et al."""
SHOWN_DROP = 0.1
"""The loss of one label for which the power is stated, as a share of its samples"""


class ClassDrop(NamedTuple):
    """A label of which the model loses more samples than chance explains."""

    label: str
    pairs: Pairs
    probability: float
    """The probability of so many losses by chance, corrected for the number of labels"""


class LabelPower(NamedTuple):
    """How surely a loss of one label is seen."""

    samples: int
    """The number of samples of the median label"""
    share: float
    """How often a label of so many samples that loses SHOWN_DROP is named, 0 to 1"""


class PairedTest(NamedTuple):
    """The results of comparing a model's labels with a reference."""

    verdict: NonInferiority
    agreement: Interval
    """The confidence interval of the share of samples with the same top label"""
    class_drops: Sequence[ClassDrop]
    """The labels with surprising losses, the surest first"""
    calibration_error: float | None
    """The expected calibration error of the model, 0 to 1; None for answers without scores"""
    reference_calibration_error: float | None
    """The expected calibration error of the reference, likewise"""
    labels: Sequence[LabelFigures] = ()
    """The figures of every label of a multi-label model; none of a model that chooses one label"""
    label_power: LabelPower | None = None
    """None for a multi-label model"""


def run_paired_test(
    found: LabelStatistics,
    reference: LabelStatistics,
    truth: NDArray[Any],
    *,
    output: LabelOutput,
    margin: float,
) -> PairedTest:
    """Return the results of comparing a model's predictions with those of the ``reference``.

    Args:
        found: the statistics of the model's predictions.
        reference: the statistics of the replaced model's predictions for the same samples.
        truth: the true answer for each sample, (samples,).
        output: the labels, and whether several may be right.
        margin: the accuracy that may be lost, 0 to 1.

    """
    right, expected_right = found.top == truth, reference.top == truth
    labels = label_figures(found.top, reference.top, truth, output) if output.multi_label else []
    # A model of sets is asked about every label in every sample, another one about its own samples.
    pairs = [each.pairs for each in labels] or [
        count_pairs(expected_right[truth == at], right[truth == at])
        for at in range(len(output.labels))
    ]
    whole = count_pairs(expected_right, right)
    return PairedTest(
        non_inferiority(*whole, margin=margin),
        share_interval(int((found.top == reference.top).sum()), len(truth)),
        _class_drops(pairs, output.name_of_each),
        calibration_error(found.confidence, right),
        calibration_error(reference.confidence, expected_right),
        labels,
        None if labels else _label_power(pairs, whole),
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


def _label_power(pairs_of_labels: Sequence[Pairs], whole: Pairs) -> LabelPower:
    samples = int(np.median([each.samples for each in pairs_of_labels]))
    gained = whole.gained / whole.samples
    return LabelPower(
        samples, seen_share(samples, len(pairs_of_labels), drop=SHOWN_DROP, gained=gained)
    )


def _class_drops(pairs_of_labels: Sequence[Pairs], labels: Sequence[str]) -> list[ClassDrop]:
    corrected = holm(np.array([mcnemar(each) for each in pairs_of_labels]))
    drops = [
        ClassDrop(label, each, float(probability))
        for label, each, probability in zip(labels, pairs_of_labels, corrected, strict=True)
        if probability < 1 - CONFIDENCE
    ]
    return sorted(drops, key=lambda drop: drop.probability)
