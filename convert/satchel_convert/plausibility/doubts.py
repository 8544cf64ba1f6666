"""Reasons to doubt that a model is used as it was trained, one sentence each, with a remedy."""

from typing import Literal, NamedTuple, TypeAlias

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

    @property
    def line(self) -> str:
        """The measurement and the remedy, on one line."""
        return f"{self.cause}: {self.sentence} {self.remedy}"
