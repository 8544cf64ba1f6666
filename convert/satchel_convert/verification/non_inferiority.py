"""Whether a model is worse than another by more than a margin, from the same samples.

Paired: a sample that both get right, or both get wrong, says nothing of the difference, however
many there are; what counts are those that one of the two loses. That is why 10,000 samples tell
0.2 percentage points apart here, where two accuracies with their own intervals tell 0.8.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Decision = Literal["pass", "fail", "undecided"]

CONFIDENCE = 0.95
"""Of every interval: a model that is worse by the whole margin passes one time in forty"""
FEW = 10
"""Samples that one of the two loses: below, the score interval's normal law does not hold"""
TINY = 1e-12
MOST_TIMES_MORE = 1000
"""Beyond so many times the samples, no number is of help"""


class Pairs(NamedTuple):
    """What became of the same samples under two models."""

    samples: int
    lost: int
    """Right before, wrong now"""
    gained: int
    """Wrong before, right now"""

    @property
    def drop(self) -> float:
        """Accuracy lost, -1 to 1."""
        return (self.lost - self.gained) / self.samples


class Interval(NamedTuple):
    """Where a number lies, with CONFIDENCE."""

    lower: float
    upper: float


class NonInferiority(NamedTuple):
    """What the samples say of a model."""

    decision: Decision
    pairs: Pairs
    drop: Interval
    """Of accuracy, -1 to 1"""
    margin: float
    """Accuracy that may be lost, 0 to 1"""
    samples_needed: int | None
    """About how many more would decide; None where it is decided, or no number would"""


def count_pairs(reference: NDArray[np.bool_], model: NDArray[np.bool_]) -> Pairs:
    """Return the counts of two models' right answers, (samples,) each, in the same order."""
    return Pairs(
        len(reference),
        int(np.count_nonzero(reference & ~model)),
        int(np.count_nonzero(~reference & model)),
    )


def non_inferiority(pairs: Pairs, *, margin: float) -> NonInferiority:
    """Return whether accuracy drops by less than ``margin``, 0 to 1, by more, or who knows.

    It passes where the whole interval lies below the margin, and fails where it lies above.
    """
    interval = drop_interval(pairs)
    decision = _decide(interval, margin)
    needed = _samples_needed(pairs, margin) if decision == "undecided" else None
    return NonInferiority(decision, pairs, interval, margin, needed)


def drop_interval(pairs: Pairs) -> Interval:
    """Return where the drop of accuracy lies, -1 to 1: by ``score_interval``, or exactly if few."""
    few = pairs.lost + pairs.gained < FEW
    return exact_interval(pairs) if few else score_interval(pairs)


def score_interval(pairs: Pairs) -> Interval:
    """Return the drops that a test by the score would not reject.

    Source: Tango 1998, Equivalence Test and Confidence Interval for the Difference in Proportions
    for the Paired-Sample Design, Statistics in Medicine 17.
    """
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    # The score falls as the drop it is measured against grows.
    lower, upper = -1.0, 1.0
    if _score(pairs, -1 + TINY) > z:
        lower = optimize.brentq(lambda drop: _score(pairs, drop) - z, -1 + TINY, pairs.drop)
    if _score(pairs, 1 - TINY) < -z:
        upper = optimize.brentq(lambda drop: _score(pairs, drop) + z, pairs.drop, 1 - TINY)
    return Interval(lower, upper)


def exact_interval(pairs: Pairs) -> Interval:
    """Return where the drop lies if both how often the models differ, and which is right then, do.

    Each of the two lies outside of its exact limits half as often as the drop may lie outside, so
    that the interval is right at least as often as it says.
    """
    differing = pairs.lost + pairs.gained
    each = (1 + CONFIDENCE) / 2
    differ = share_interval(differing, pairs.samples, confidence=each)
    lost = share_interval(pairs.lost, differing, confidence=each)
    lower, upper = 2 * lost.lower - 1, 2 * lost.upper - 1
    return Interval(
        lower * (differ.upper if lower < 0 else differ.lower),
        upper * (differ.upper if upper > 0 else differ.lower),
    )


def share_interval(count: int, samples: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Return where a share lies of which ``count`` of ``samples`` were seen, exactly.

    Source: Clopper and Pearson 1934, The Use of Confidence or Fiducial Limits Illustrated in the
    Case of the Binomial.
    """
    if samples == 0:
        return Interval(0.0, 1.0)
    found = stats.binomtest(count, samples).proportion_ci(confidence, method="exact")
    return Interval(float(found.low), float(found.high))


def mcnemar(pairs: Pairs) -> float:
    """Return the probability of as many losses or more if losing and gaining were alike.

    Source: McNemar 1947, Note on the Sampling Error of the Difference Between Correlated
    Proportions or Percentages; exact and one-sided.
    """
    differing = pairs.lost + pairs.gained
    if differing == 0:
        return 1.0
    return float(stats.binomtest(pairs.lost, differing, alternative="greater").pvalue)


def holm(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``probabilities`` of several tests, (tests,), as if there were one.

    Source: Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure.
    """
    order = np.argsort(probabilities, kind="stable")
    factors = np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(probabilities[order] * factors), 1)
    return adjusted


def _decide(drop: Interval, margin: float) -> Decision:
    if drop.upper < margin:
        return "pass"
    return "fail" if drop.lower > margin else "undecided"


def _score(pairs: Pairs, drop: float) -> float:
    """Return by how many standard deviations the drop that was seen exceeds ``drop``."""
    samples, lost, gained = pairs
    # The likeliest share of gains if the drop is this one: the larger root of a square equation.
    half = ((2 * samples - lost + gained) * drop - lost - gained) / 2
    root = math.sqrt(half * half + 2 * samples * gained * drop * (1 - drop))
    variance = samples * ((root - half) / samples + drop * (1 - drop))
    distance = lost - gained - samples * drop
    return distance / math.sqrt(max(variance, TINY))


def _samples_needed(pairs: Pairs, margin: float) -> int | None:
    """Return how many more would decide if they were as these."""

    def decided(times: float) -> bool:
        samples, lost, gained = (round(times * count) for count in pairs)
        return _decide(drop_interval(Pairs(samples, lost, gained)), margin) != "undecided"

    enough = 2.0
    while not decided(enough):
        enough *= 2
        if enough > MOST_TIMES_MORE:
            return None
    too_few = enough / 2
    while enough - too_few > 0.01 * enough:
        middle = (enough + too_few) / 2
        too_few, enough = (too_few, middle) if decided(middle) else (middle, enough)
    return math.ceil((enough - 1) * pairs.samples)
