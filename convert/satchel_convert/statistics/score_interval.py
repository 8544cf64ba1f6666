"""The confidence interval of a paired difference: the drops that a score test accepts.

Source: Tango 1998, Equivalence Test and Confidence Interval for the Difference in Proportions for
the Paired-Sample Design, Statistics in Medicine 17. Its variance is multiplied by
``samples / (samples - FEWER)``. Without that factor, a model that is worse by the whole margin
passes up to 2.84 % of the time where samples are few; with it, at most 2.7 % for any number of
them (``docs/decisions/0006-a-paired-gate.md``).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import elementwise

from satchel_convert.statistics.pairs import Pairs
from satchel_convert.statistics.shares import CONFIDENCE, Interval

FEWER = 4
"""The number of samples that the variance is estimated without: the smallest that keeps the limit
above"""
TINY = 1e-12
CRITICAL = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
"""The score, in standard deviations, beyond which a drop is not accepted"""


def drop_interval(pairs: Pairs) -> Interval:
    """Return the 95 % confidence interval of the accuracy drop, -1 to 1."""

    def root(wanted: float, low: float, high: float) -> float:
        """Return the drop between ``low`` and ``high`` whose score is ``wanted``."""
        # The score falls as the assumed drop grows. At an end it may not reach what is wanted.
        if drop_score(*pairs, low) <= wanted:
            return low
        if drop_score(*pairs, high) >= wanted:
            return high
        found = elementwise.find_root(lambda drop: drop_score(*pairs, drop) - wanted, (low, high))
        return float(found.x)

    return Interval(root(CRITICAL, -1.0, pairs.drop), root(-CRITICAL, pairs.drop, 1.0))


def drop_score(
    samples: Any, lost: Any, gained: Any, drop: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by how many standard deviations the observed drop exceeds ``drop``.

    The arguments are numbers or arrays of one shape: counts, and a drop of accuracy from -1 to 1.
    The score grows with ``lost``, and falls as ``gained`` or ``drop`` grows.
    """
    # The likeliest share of gains if the drop is this one: the larger root of a quadratic equation.
    half = ((2 * samples - lost + gained) * drop - lost - gained) / 2
    square = half * half + 2.0 * samples * gained * drop * (1 - drop)
    # Rounding may put a square, or a variance, just below zero.
    root = np.sqrt(np.maximum(square, 0))
    variance = np.maximum(root - half + samples * drop * (1 - drop), TINY)
    distance = lost - gained - samples * drop
    score: NDArray[np.float64] = (
        distance / np.sqrt(variance) * np.sqrt(np.maximum(1 - FEWER / samples, 0))
    )
    return score
