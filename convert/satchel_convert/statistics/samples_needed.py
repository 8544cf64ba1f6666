"""How many further samples would decide an undecided test."""

import numpy as np

from satchel_convert.statistics.pairs import Pairs
from satchel_convert.statistics.score_interval import CRITICAL, drop_score

PROBABILITY = 0.8
"""The probability that so many further samples decide"""
MOST_TIMES_MORE = 1000
"""How many times more samples are considered. A need for more is reported as hopeless."""
DRAWS = 4000
"""Draws of the simulation: the probability is right within 1.3 points, at 95 % confidence"""
PRECISION = 1.01
"""The ratio to which the number is found"""


def samples_needed(pairs: Pairs, *, margin: float) -> int | None:
    """Return the number of further samples that decide with 80 % probability; None if too many.

    Further samples are taken to be like those of ``pairs``: each is lost, or gained, as often as
    these were.
    """
    enough = 1
    while decided_share(pairs, enough, margin=margin) < PROBABILITY:
        enough *= 2
        if enough > MOST_TIMES_MORE * pairs.samples:
            return None
    too_few = enough // 2
    while enough > PRECISION * too_few + 1:
        middle = (enough + too_few) // 2
        if decided_share(pairs, middle, margin=margin) < PROBABILITY:
            too_few = middle
        else:
            enough = middle
    return enough


def decided_share(pairs: Pairs, more: int, *, margin: float) -> float:
    """Return the probability, 0 to 1, that ``more`` samples beside those of ``pairs`` decide."""
    samples, lost, gained = pairs
    shares = np.array([lost, gained, samples - lost - gained]) / samples
    drawn = np.random.default_rng(0).multinomial(more, shares, size=DRAWS)
    scores = drop_score(samples + more, lost + drawn[:, 0], gained + drawn[:, 1], margin)
    return float(np.mean(np.abs(scores) > CRITICAL))
