"""Tests whether a model is worse than another by more than a margin, on the same samples.

The test is paired. A sample on which both models are right, or both wrong, says nothing about the
difference. Only the samples on which one model is right and the other wrong count. So 10,000
samples show a difference of 0.2 percentage points here, while two accuracies with an interval each
show only 0.8.
"""

from typing import Literal, NamedTuple

from satchel_convert.statistics.pairs import Pairs
from satchel_convert.statistics.samples_needed import samples_needed
from satchel_convert.statistics.score_interval import CRITICAL, drop_interval, drop_score
from satchel_convert.statistics.shares import Interval

Decision = Literal["pass", "fail", "undecided"]


class NonInferiority(NamedTuple):
    """The result of a non-inferiority test."""

    decision: Decision
    pairs: Pairs
    drop: Interval
    """The confidence interval of the accuracy drop, -1 to 1"""
    margin: float
    """The accuracy that may be lost, 0 to 1"""
    samples_needed: int | None
    """The number of further samples that decide with 80 % probability. None if the test is decided,
    or if that needs more than a thousand times the samples."""


def non_inferiority(samples: int, lost: int, gained: int, *, margin: float) -> NonInferiority:
    """Test whether a model loses less accuracy than ``margin``; return the result.

    The test passes if the whole interval of the drop lies below the margin, and fails if it lies
    above. Otherwise it is undecided. One test is made, whatever the counts.

    Args:
        samples: the number of labelled samples that both models answered.
        lost: on how many of them only the first model, the reference, is right.
        gained: on how many of them only the second model, the tested one, is right.
        margin: the accuracy that may be lost, 0 to 1.

    Raises:
        ValueError: for counts that no samples can have, and for a margin out of range.

    """
    if samples < 1 or lost < 0 or gained < 0 or lost + gained > samples:
        raise ValueError(
            "Expected at least one sample, and no more lost and gained than samples, got"
            f" {samples} samples, {lost} lost, {gained} gained."
        )
    if not 0 <= margin <= 1:
        raise ValueError(f"Expected a margin from 0 to 1, got {margin}.")
    pairs = Pairs(samples, lost, gained)
    score = float(drop_score(samples, lost, gained, margin))
    decision: Decision = "undecided"
    if abs(score) > CRITICAL:
        decision = "pass" if score < 0 else "fail"
    needed = samples_needed(pairs, margin=margin) if decision == "undecided" else None
    return NonInferiority(decision, pairs, drop_interval(pairs), margin, needed)
