"""How often a test sees a loss of a given size."""

import numpy as np
from scipy import stats

from satchel_convert.statistics.shares import CONFIDENCE


def seen_share(samples: int, tests: int, *, drop: float, gained: float) -> float:
    """Return how often McNemar's test names a label that loses ``drop`` of its samples, 0 to 1.

    Args:
        samples: the number of samples of the label.
        tests: the number of labels that are tested, for which Holm's correction is made.
        drop: the share of the samples that the label loses on balance, 0 to 1.
        gained: the share on which only the tested model is right, 0 to 1; as many are lost besides.

    """
    lost = min(drop + gained, 1 - gained)
    differing = np.arange(samples + 1)
    chance = stats.binom.pmf(differing, samples, lost + gained)
    # The fewest losses that are surprising: P(losses or more) below the error of one test.
    surprising = stats.binom.isf((1 - CONFIDENCE) / tests, differing, 0.5) + 1
    named = stats.binom.sf(surprising - 1, differing, lost / (lost + gained))
    return float(chance @ named)
