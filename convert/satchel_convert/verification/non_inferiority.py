"""Tests whether a model is worse than another by more than a margin, on the same samples.

The test is paired. A sample on which both models are right, or both wrong, says nothing about the
difference. Only the samples on which one model is right and the other wrong count. So 10,000
samples show a difference of 0.2 percentage points here, while two accuracies with an interval each
show only 0.8.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Decision = Literal["pass", "fail", "undecided"]

CONFIDENCE = 0.95
"""The confidence of every interval. A model that is worse by the whole margin passes one time in
forty."""
FEW = 10
"""The number of samples on which exactly one model is right, below which an exact interval is used:
the score interval's normal approximation does not hold there"""
TINY = 1e-12
MOST_TIMES_MORE = 1000
"""How many times more samples are considered. A need for more is reported as hopeless."""


class Pairs(NamedTuple):
    """The counts of samples on which two models are right or wrong."""

    samples: int
    lost: int
    """The number of samples on which the first model is right and the second one wrong"""
    gained: int
    """The number of samples on which the first model is wrong and the second one right"""

    @property
    def drop(self) -> float:
        """The lost accuracy, -1 to 1; a gain is negative."""
        return (self.lost - self.gained) / self.samples


class Interval(NamedTuple):
    """A confidence interval."""

    lower: float
    upper: float


class NonInferiority(NamedTuple):
    """The result of a non-inferiority test."""

    decision: Decision
    pairs: Pairs
    drop: Interval
    """The confidence interval of the accuracy drop, -1 to 1"""
    margin: float
    """The accuracy that may be lost, 0 to 1"""
    samples_needed: int | None
    """The approximate number of further samples that would decide. None if the test is decided, or
    if no number of samples would decide it."""


def count_pairs(reference: NDArray[np.bool_], model: NDArray[np.bool_]) -> Pairs:
    """Return the counts for two models.

    ``reference`` and ``model`` say for each sample whether the model is right, (samples,).
    """
    return Pairs(
        len(reference),
        int(np.count_nonzero(reference & ~model)),
        int(np.count_nonzero(~reference & model)),
    )


def non_inferiority(pairs: Pairs, *, margin: float) -> NonInferiority:
    """Test whether accuracy drops by less than ``margin``, 0 to 1; return the result.

    The test passes if the whole interval of the drop lies below the margin, and fails if it lies
    above. Otherwise it is undecided.
    """
    interval = drop_interval(pairs)
    decision = _decide(interval, margin)
    needed = _samples_needed(pairs, margin) if decision == "undecided" else None
    return NonInferiority(decision, pairs, interval, margin, needed)


def drop_interval(pairs: Pairs) -> Interval:
    """Return a confidence interval for the accuracy drop, -1 to 1.

    It is exact if the models differ on fewer than FEW samples, else it is the score interval.
    """
    few = pairs.lost + pairs.gained < FEW
    return exact_interval(pairs) if few else score_interval(pairs)


def score_interval(pairs: Pairs) -> Interval:
    """Return a confidence interval for the accuracy drop: the drops that a score test accepts.

    Source: Tango 1998, Equivalence Test and Confidence Interval for the Difference in Proportions
    for the Paired-Sample Design, Statistics in Medicine 17.
    """
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    # The score falls as the assumed drop grows.
    lower, upper = -1.0, 1.0
    if _score(pairs, -1 + TINY) > z:
        lower = optimize.brentq(lambda drop: _score(pairs, drop) - z, -1 + TINY, pairs.drop)
    if _score(pairs, 1 - TINY) < -z:
        upper = optimize.brentq(lambda drop: _score(pairs, drop) + z, pairs.drop, 1 - TINY)
    return Interval(lower, upper)


def exact_interval(pairs: Pairs) -> Interval:
    """Return a confidence interval for the accuracy drop, combined from two exact intervals.

    One is for the share of samples on which the models differ, the other for the share of these on
    which the reference is right. Each of them misses half as often as the drop's interval may miss,
    so the combined interval holds at least as often as its confidence says.
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
    """Return an exact confidence interval for a share that was seen in ``count`` of ``samples``.

    Source: Clopper and Pearson 1934, The Use of Confidence or Fiducial Limits Illustrated in the
    Case of the Binomial.
    """
    if samples == 0:
        return Interval(0.0, 1.0)
    found = stats.binomtest(count, samples).proportion_ci(confidence, method="exact")
    return Interval(float(found.low), float(found.high))


def mcnemar(pairs: Pairs) -> float:
    """Return the probability of at least so many losses if losses and gains were equally likely.

    Source: McNemar 1947, Note on the Sampling Error of the Difference Between Correlated
    Proportions or Percentages; exact and one-sided.
    """
    differing = pairs.lost + pairs.gained
    if differing == 0:
        return 1.0
    return float(stats.binomtest(pairs.lost, differing, alternative="greater").pvalue)


def holm(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of several tests, (tests,), corrected for their number.

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
    """Return the number of standard deviations by which the observed drop exceeds ``drop``."""
    samples, lost, gained = pairs
    # The likeliest share of gains if the drop is this one: the larger root of a quadratic equation.
    half = ((2 * samples - lost + gained) * drop - lost - gained) / 2
    root = math.sqrt(half * half + 2 * samples * gained * drop * (1 - drop))
    variance = samples * ((root - half) / samples + drop * (1 - drop))
    distance = lost - gained - samples * drop
    return distance / math.sqrt(max(variance, TINY))


def _samples_needed(pairs: Pairs, margin: float) -> int | None:
    """Return the number of further, similar samples that would decide; None if too many."""

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
