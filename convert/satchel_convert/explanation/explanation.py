"""What was found of a quantized model: data, and the same as JSON."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from satchel.writing import write_atomically
from satchel_convert.explanation.errors import Errors
from satchel_convert.explanation.findings import Finding
from satchel_convert.explanation.layers import LayerError
from satchel_convert.explanation.outcome import Outcome
from satchel_convert.settings import PathLike


class Explanation(NamedTuple):
    """What was found of a quantized model."""

    name: str
    """Of the model, as its card has it"""
    file: str
    """The quantized file's name in a bundle"""
    outcome: Outcome
    errors: Errors
    layers: Sequence[LayerError]
    """In the graph's order"""
    findings: Sequence[Finding]
    """Most important first"""

    def save(self, path: PathLike) -> None:
        """Write the explanation as JSON; raises OutputError where it cannot be written."""
        write_atomically(to_json(self).encode(), Path(path))


def to_json(explanation: Explanation) -> str:
    """Return the explanation for programs; where nothing differs, ratios are null."""
    outcome, verdict = explanation.outcome, explanation.outcome.verdict
    fields: dict[str, Any] = {
        "name": explanation.name,
        "file": explanation.file,
        **outcome._asdict(),
    }
    fields["verdict"] = verdict and {
        "decision": verdict.decision,
        "drop_points": 100 * verdict.pairs.drop,
        "drop_ci95": [100 * limit for limit in verdict.drop],
        "margin_points": 100 * verdict.margin,
    }
    fields["within_limits"] = outcome.within_limits
    fields["errors"] = explanation.errors._asdict()
    fields["layers"] = [each._asdict() for each in explanation.layers]
    fields["findings"] = [each._asdict() for each in explanation.findings]
    return json.dumps(_without_infinity(fields), indent=1) + "\n"


def _without_infinity(value: Any) -> Any:
    """Return ``value`` with null where JSON has no number: where nothing differs."""
    if isinstance(value, dict):
        return {key: _without_infinity(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_infinity(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
