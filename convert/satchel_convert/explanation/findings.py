"""The things that are wrong with a quantized model, one sentence each, the main one first."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from satchel_convert.plausibility.doubts import Cause, Doubt

Kind: TypeAlias = Literal[
    "preprocessing",
    "label order",
    "accuracy",
    "broken layer",
    "calibration",
    "outlier",
    "operators",
    "sensitive layer",
    "dead channels",
]


class Finding(NamedTuple):
    """One thing that is wrong: what was measured, and what helps."""

    kind: Kind
    sentence: str
    remedy: str
    weight: float
    """The estimated share of the error that the remedy removes, 0 to 1. It is above 1 if every
    later finding is useless before this one is repaired."""
    layer: str | None = None


IN_VAIN = 2.0
"""The weight of a finding that makes all other figures meaningless: wrong inputs of the float
model"""

_KINDS: Mapping[Cause, Kind] = {
    "label order": "label order",
    "chance": "accuracy",
    "confidence": "accuracy",
}
"""The kind of a finding about a doubt; every other cause is one of preprocessing"""


def of_doubts(doubts: Sequence[Doubt]) -> list[Finding]:
    """Return a finding for each doubt about the float model. They come before all others."""
    return [
        Finding(
            _KINDS.get(doubt.cause, "preprocessing"),
            doubt.sentence,
            doubt.remedy,
            IN_VAIN + len(doubts) - place,
        )
        for place, doubt in enumerate(doubts)
    ]


def rank(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings by weight, the largest first; equal ones keep cause before effect."""
    return sorted(findings, key=lambda finding: -finding.weight)
