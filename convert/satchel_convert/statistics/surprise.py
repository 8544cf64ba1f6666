"""How surprising a loss is if losses and gains were equally likely."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from satchel_convert.statistics.pairs import Pairs


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
