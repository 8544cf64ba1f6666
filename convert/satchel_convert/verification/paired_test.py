"""What the answers of a model to labelled samples prove, beside those of another model."""

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
"""Of equal width, as Guo et al. have them"""


class ClassDrop(NamedTuple):
    """A label whose samples the model loses more of than chance explains."""

    label: str
    pairs: Pairs
    probability: float
    """Of as many losses by chance, corrected for the number of labels"""


class PairedTest(NamedTuple):
    """What samples say of one model's labels."""

    verdict: NonInferiority
    agreement: Interval
    """Of the share of samples with the same top label"""
    class_drops: Sequence[ClassDrop]
    """Surest first"""
    calibration_error: float
    """Expected, 0 to 1"""
    reference_calibration_error: float


def run_paired_test(
    found: LabelStatistics,
    reference: LabelStatistics,
    truth: NDArray[np.int64],
    *,
    labels: Sequence[str],
    margin: float,
) -> PairedTest:
    """Return what the answers of a model say of it, beside those of the ``reference``.

    Args:
        found: the model's answers.
        reference: those of the model that it replaces, to the same samples.
        truth: the index of each sample's right label, (samples,).
        labels: their names.
        margin: accuracy that may be lost, 0 to 1.

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
    """Return how far confidence and accuracy are apart, 0 to 1, as a mean over samples.

    ``confidence`` is the probability of each sample's top label, ``right`` whether it is true.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3.
    """
    wide = confidence.astype(np.float64)
    # Bins are open below and closed above.
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
