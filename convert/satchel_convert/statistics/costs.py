"""What a fault costs: one measure of the same samples with and without it, and how sure that is."""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from satchel_convert.statistics.pairs import Pairs
from satchel_convert.statistics.score_interval import drop_interval
from satchel_convert.statistics.shares import CONFIDENCE, Interval
from satchel_convert.statistics.surprise import mcnemar

Unit: TypeAlias = Literal["pp of accuracy", "pp of probability", "dB of PSNR"]


class Cost(NamedTuple):
    """The mean cost of a fault over some samples; a gain is negative."""

    value: float
    interval: Interval
    """The 95 % confidence interval of the cost"""
    unit: Unit
    probability: float
    """The probability of so large a cost by chance, 0 to 1"""
    samples: int

    @property
    def is_told(self) -> bool:
        """Whether chance alone hardly explains the cost."""
        return self.probability < 1 - CONFIDENCE

    @property
    def in_words(self) -> str:
        """The cost and how sure it is, as a sentence."""
        if self.is_told:
            return f"It costs {self}, on {self.samples:,} samples."
        return f"What it costs cannot be told with {self.samples:,} samples: {self}."

    def __str__(self) -> str:
        """Return the cost with its interval, in words."""
        # Four digits of a small cost, for 0.00 would contradict an interval above zero.
        digits = 2 if abs(self.value) >= 0.1 or not self.value else 4
        lower, upper = (f"{limit:+.{digits}f}" for limit in self.interval)
        return f"{self.value:+.{digits}f} {self.unit} (95 %: {lower} to {upper})"


def accuracy_cost(pairs: Pairs) -> Cost:
    """Return the accuracy that the second model of ``pairs`` lost, in percentage points."""
    interval = Interval(*(100 * limit for limit in drop_interval(pairs)))
    return Cost(100 * pairs.drop, interval, "pp of accuracy", mcnemar(pairs), pairs.samples)


def mean_cost(costs: NDArray[np.float64], *, unit: Unit) -> Cost:
    """Return the mean of what each sample costs, (samples,), in ``unit``.

    The interval and the probability are those of Student's t. A single sample tells nothing.
    """
    samples, mean = len(costs), float(costs.mean())
    spread = float(costs.std(ddof=1)) if samples > 1 else np.inf
    if spread == 0:
        return Cost(mean, Interval(mean, mean), unit, 0.0 if mean > 0 else 1.0, samples)
    if samples == 1:
        return Cost(mean, Interval(-np.inf, np.inf), unit, 1.0, samples)
    error = spread / np.sqrt(samples)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, samples - 1)) * error
    probability = float(stats.t.sf(mean / error, samples - 1))
    return Cost(mean, Interval(mean - reach, mean + reach), unit, probability, samples)
