"""Confidence intervals of shares."""

from typing import NamedTuple

from scipy import stats

CONFIDENCE = 0.95
"""The confidence of every interval. A model that is worse by the whole margin passes one time in
forty."""


class Interval(NamedTuple):
    """A confidence interval."""

    lower: float
    upper: float


def share_interval(count: int, samples: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Return an exact confidence interval for a share that was seen in ``count`` of ``samples``.

    Source: Clopper and Pearson 1934, The Use of Confidence or Fiducial Limits Illustrated in the
    Case of the Binomial.
    """
    if samples == 0:
        return Interval(0.0, 1.0)
    found = stats.binomtest(count, samples).proportion_ci(confidence, method="exact")
    return Interval(float(found.low), float(found.high))
