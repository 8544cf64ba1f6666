"""The explanation of a quantized model, as data and as JSON."""

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
from satchel_convert.finished_models.predictions import Evaluation
from satchel_convert.settings import PathLike


class Explanation(NamedTuple):
    """The explanation of a quantized model."""

    name: str
    """The name of the model in its card"""
    file: str
    """The name of the quantized file in a bundle"""
    outcome: Outcome | None
    """None for a finished model, as are the errors: there is no float model to compare it with"""
    errors: Errors | None
    layers: Sequence[LayerError]
    """The error of each layer, in the order of the graph"""
    findings: Sequence[Finding]
    """The findings, the most important one first"""
    evaluation: Evaluation | None = None
    """The predictions of a finished model; None for a model that is compared with its float model
    """
    untold: Sequence[Finding] = ()
    """What was looked for and seen, but costs nothing that the samples tell from chance"""
    held_back: bool = False
    """Whether the quantization is not judged, because the float model already gets wrong inputs or
    labels"""

    def save(self, path: PathLike) -> None:
        """Write the explanation as JSON; raises OutputError if it cannot be written."""
        write_atomically(to_json(self).encode(), Path(path))


def to_json(explanation: Explanation) -> str:
    """Return the explanation as JSON; a ratio is null if nothing differs."""
    outcome, found = explanation.outcome, explanation.evaluation
    fields: dict[str, Any] = {"name": explanation.name, "file": explanation.file}
    if found is not None:
        fields |= {"samples": len(found.samples), "accuracy": found.accuracy}
    if outcome is not None:
        fields |= _outcome_fields(outcome)
    fields["errors"] = explanation.errors and explanation.errors._asdict()
    fields["layers"] = [each._asdict() for each in explanation.layers]
    fields["findings"] = [each.fields for each in explanation.findings]
    fields["untold"] = [each.fields for each in explanation.untold]
    fields["held_back"] = explanation.held_back
    return json.dumps(_without_infinity(fields), indent=1) + "\n"


def _outcome_fields(outcome: Outcome) -> dict[str, Any]:
    verdict = outcome.verdict
    fields: dict[str, Any] = outcome._asdict()
    fields["verdict"] = verdict and {
        "decision": verdict.decision,
        "drop_points": 100 * verdict.pairs.drop,
        "drop_ci95": [100 * limit for limit in verdict.drop],
        "margin_points": 100 * verdict.margin,
    }
    fields["within_limits"] = outcome.within_limits
    return fields


def _without_infinity(value: Any) -> Any:
    """Return ``value`` with None for infinite numbers, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _without_infinity(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_infinity(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
