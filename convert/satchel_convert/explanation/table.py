"""An explanation as a table and sentences, and as JSON."""

import json
import math
import sys
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from satchel.cli import decibels
from satchel_convert.explanation.explain import Explanation

WORST = 10
"""Layers that the table shows; JSON has all"""


def show(explanation: Explanation, *, name: str, file: str, as_json: bool) -> None:
    """Print the explanation, as JSON or as a table and sentences."""
    if as_json:
        sys.stdout.write(json.dumps(_fields(explanation, name, file), indent=1) + "\n")
        return
    console = Console(width=max(80, Console().width))

    def line(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    line(summary(explanation, name=name, file=file))
    console.print(_table(explanation))
    if not explanation.findings:
        line("Nothing is wrong: no finding.")
    for number, finding in enumerate(explanation.findings, 1):
        line(f"{number}. {finding.kind}: {finding.sentence}")
        line(f"   {finding.remedy}")


def summary(explanation: Explanation, *, name: str, file: str) -> str:
    """Return in one line what quantization costs."""
    outcome, errors = explanation.outcome, explanation.errors
    words = [f"{name}, {file}: {outcome.samples:,} samples"]
    if outcome.verdict is not None:
        lower, upper = (100 * limit for limit in outcome.verdict.drop)
        words += [
            f"float32 {outcome.float_accuracy:.2%} accurate, int8 {outcome.accuracy:.2%}",
            f"drop {100 * outcome.verdict.pairs.drop:+.2f} pp (95 %: {lower:+.2f} to {upper:+.2f})",
            f"agreement {outcome.agreement:.2%}",
        ]
    if outcome.worst_psnr_db is not None:
        words.append(f"worst PSNR {decibels(_finite(outcome.worst_psnr_db))} dB")
    words.append(f"SQNR {decibels(_finite(errors.sqnr_db))} dB")
    verdict = "within" if outcome.within_limits else "beyond"
    return f"{', '.join(words)}; {verdict} the default limits"


def _table(explanation: Explanation) -> Table:
    worst = sorted(explanation.layers, key=lambda each: -each.share)[:WORST]
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for heading in ("layer", "operator"):
        table.add_column(heading, no_wrap=True)
    for heading in ("SQNR dB", "share of the error"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in worst:
        if each.share > 0:
            ratio = decibels(_finite(each.sqnr_db))
            table.add_row(each.name, each.operator, ratio, f"{each.share:.1%}")
    return table


def _finite(ratio: float) -> float | None:
    return ratio if math.isfinite(ratio) else None


def _fields(explanation: Explanation, name: str, file: str) -> dict[str, Any]:
    outcome, verdict = explanation.outcome, explanation.outcome.verdict
    fields: dict[str, Any] = {"name": name, "file": file, **outcome._asdict()}
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
    shown: dict[str, Any] = _without_infinity(fields)
    return shown


def _without_infinity(value: Any) -> Any:
    """Return ``value`` with null where JSON has no number: where nothing differs."""
    if isinstance(value, dict):
        return {key: _without_infinity(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_infinity(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
