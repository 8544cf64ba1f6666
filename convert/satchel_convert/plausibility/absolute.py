"""Tests a model's accuracy against chance, and against the confidence of its own predictions."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from satchel_convert.plausibility.doubts import Doubt
from satchel_convert.statistics import share_interval

CONFIDENCE = 0.99
"""The confidence of the intervals here. A false alarm stops a healthy model."""
LITTLE = 0.1
"""The share of the way from chance to certainty that a model has to go. A model that may be beyond
it is not called one of chance."""
SURE = 0.05
"""The probability below which an accuracy is more than chance"""
OVERCONFIDENT = 0.5
"""The share of its own confidence that a model's accuracy must reach. A network that was trained
for too long is right about 60 % of what it holds for certain; one that reads noise is not."""


def chance_doubt(predictions: NDArray[np.float32], truth: NDArray[np.int64]) -> Doubt | None:
    """Return a doubt about a model that is right as often as its predictions by chance are.

    Chance is the share of samples that would be right if the same predictions were dealt out among
    them anew: a model that always says the same is one of chance however many samples are of that
    label. Too few samples give no doubt, nor does one label alone.
    """
    top, samples = predictions.argmax(axis=1), len(truth)
    if len(np.unique(truth)) < 2:
        return None
    labels = predictions.shape[1]
    shares = [np.bincount(each, minlength=labels) / samples for each in (top, truth)]
    chance = float(shares[0] @ shares[1])
    right = int((top == truth).sum())
    is_more = float(stats.binomtest(right, samples, chance, alternative="greater").pvalue) < SURE
    interval = share_interval(right, samples, confidence=CONFIDENCE)
    if is_more or interval.upper >= chance + LITTLE * (1 - chance):
        return None
    sentence = (
        f"The model is right about {right / samples:.1%} (99 %: {interval.lower:.1%} to"
        f" {interval.upper:.1%}) of {samples:,} samples, and chance alone about {chance:.1%}."
    )
    remedy = (
        "Check the labels' order and how the samples are prepared: nothing that was tried helps."
    )
    return Doubt("chance", sentence, remedy, 0.0)


def confidence_doubt(predictions: NDArray[np.float32], truth: NDArray[np.int64]) -> Doubt | None:
    """Return a doubt about a model that is right far less often than it is sure of being.

    Overconfidence is usual, so only an accuracy that surely lies below half of the mean probability
    of the top label is worth a doubt.
    """
    samples = len(truth)
    right = int((predictions.argmax(axis=1) == truth).sum())
    confidence = float(predictions.max(axis=1).mean())
    interval = share_interval(right, samples, confidence=CONFIDENCE)
    if interval.upper >= OVERCONFIDENT * confidence:
        return None
    sentence = (
        f"The model is sure of its answers by {confidence:.1%} on average, and right about"
        f" {right / samples:.1%} of {samples:,} samples"
        f" (99 %: {interval.lower:.1%} to {interval.upper:.1%})."
    )
    remedy = (
        "Check the labels' order and how the samples are prepared: nothing that was tried helps."
    )
    return Doubt("confidence", sentence, remedy, 0.0)
