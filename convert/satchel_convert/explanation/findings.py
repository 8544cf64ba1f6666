"""What is wrong with a quantized model, in one sentence each, most important first."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal[
    "preprocessing",
    "broken layer",
    "calibration",
    "outlier",
    "operators",
    "sensitive layer",
    "dead channels",
]


class Finding(NamedTuple):
    """One thing that is wrong, what was measured, and what helps."""

    kind: Kind
    sentence: str
    remedy: str
    weight: float
    """Estimated share of the error that goes away with it, 0 to 1; above 1 where all that comes
    behind it is in vain"""
    layer: str | None = None


IN_VAIN = 2.0
"""The weight of what makes every other figure meaningless: a float model that is fed nonsense"""


def rank(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings by weight; among equals, the cause before what it brings about."""
    return sorted(findings, key=lambda finding: -finding.weight)
