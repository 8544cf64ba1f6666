"""Reasons to doubt that a model is used as it was trained, one sentence each, with a remedy."""

from typing import Any, Literal, NamedTuple, TypeAlias

from satchel_convert.statistics import Cost

Cause: TypeAlias = Literal[
    "label order",
    "mean and scale",
    "channel order",
    "fit",
    "orientation",
    "chance",
    "confidence",
]

ACCEPTED = "accepted_doubts"
"""The provenance key of the doubts in spite of which a bundle was packed"""


class Doubt(NamedTuple):
    """One reason to doubt the predictions of a model, and what helps."""

    cause: Cause
    sentence: str
    """The measurement, as a whole sentence"""
    remedy: str
    """The exact option or change that helps, as a whole sentence"""
    gain: float
    """The share of the samples that the remedy surely repairs, 0 to 1; 0 for an absolute doubt,
    which has no known remedy"""
    cost: Cost | None = None
    """What the mistake costs, on the samples that confirmed it; None for an absolute doubt, whose
    sentence has an interval of its own"""

    @property
    def fields(self) -> dict[str, Any]:
        """The doubt for JSON."""
        return {**self._asdict(), "cost": self.cost and cost_fields(self.cost)}

    @property
    def line(self) -> str:
        """The measurement, the cost and the remedy, on one line."""
        cost = f" {self.cost.in_words}" if self.cost is not None else ""
        return f"{self.cause}: {self.sentence}{cost} {self.remedy}"


def cost_fields(cost: Cost) -> dict[str, Any]:
    """Return the JSON fields of a cost."""
    return {
        "value": cost.value,
        "ci95": list(cost.interval),
        "unit": cost.unit,
        "probability": cost.probability,
        "samples": cost.samples,
    }
