"""The things that are wrong with a quantized model, one sentence each, the main one first."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from satchel_convert.explanation.network import Layer
from satchel_convert.explanation.simulation import ALONE, Part
from satchel_convert.plausibility.doubts import Cause, Doubt, cost_fields
from satchel_convert.statistics import Cost

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


class Fault(NamedTuple):
    """What is put into the float model, alone, to measure what a finding costs."""

    kind: Literal["layers", "operators", "everything"]
    """``layers`` are quantized in float arithmetic, ``operators`` are the int8 ones instead of
    that arithmetic, and ``everything`` is the quantized model"""
    layers: tuple[Layer, ...] = ()
    parts: frozenset[Part] = ALONE
    """What quantization changes in the layers"""


class Finding(NamedTuple):
    """One thing that is wrong: what was measured, and what helps."""

    kind: Kind
    sentence: str
    remedy: str
    weight: float
    """The estimated share of the error that the remedy removes, 0 to 1. It is above 1 if every
    later finding is useless before this one is repaired."""
    layer: str | None = None
    fault: Fault | None = None
    """None for a finding that costs no accuracy, and one whose costs are known otherwise"""
    costs: tuple[Cost, ...] = ()
    """What it costs in the measure of the kind of model; of labels, what it costs in probability
    comes second. Empty for a finding that costs none, and where no remedy is known."""

    @property
    def is_told(self) -> bool:
        """Whether the samples tell its effect from nothing."""
        return not self.costs or any(cost.is_told for cost in self.costs)

    @property
    def cost_in_words(self) -> str:
        """What it costs and how sure that is, as sentences; empty without costs."""
        if not self.costs:
            return ""
        first, *others = self.costs
        moved = () if first.is_told else [f"It moves {cost}." for cost in others]
        return " ".join([first.in_words, *moved])

    @property
    def fields(self) -> dict[str, Any]:
        """The finding for JSON."""
        return {
            "kind": self.kind,
            "sentence": self.sentence,
            "remedy": self.remedy,
            "weight": self.weight,
            "layer": self.layer,
            "costs": [cost_fields(cost) for cost in self.costs],
        }


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
            costs=() if doubt.cost is None else (doubt.cost,),
        )
        for place, doubt in enumerate(doubts)
    ]


def rank(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings by weight, the largest first; equal ones keep cause before effect."""
    return sorted(findings, key=lambda finding: -finding.weight)
