"""Prints an explanation on the terminal, as a table and sentences or as JSON."""

import math
import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from satchel_convert.explanation.explanation import Explanation, to_json
from satchel_convert.finished_models.predictions import Evaluation
from satchel_convert.task import decibels

WORST = 10
"""The number of layers that the table shows; JSON has all of them"""


def show(explanation: Explanation, *, as_json: bool) -> None:
    """Print the explanation, as JSON or as a table and sentences."""
    if as_json:
        sys.stdout.write(to_json(explanation))
        return
    console = Console(width=max(80, Console().width))

    def line(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    line(summary(explanation))
    if explanation.layers:
        console.print(_table(explanation))
    if not explanation.findings:
        line("Nothing is wrong: no finding.")
    for number, finding in enumerate(explanation.findings, 1):
        line(f"{number}. {finding.kind}: {finding.sentence}")
        for words in (finding.cost_in_words, finding.remedy):
            if words:
                line(f"   {words}")
    if explanation.held_back:
        line("What int8 costs is judged when this is put right: it would be that of wrong inputs.")
    for finding in explanation.untold:
        line(f"Not told from nothing: {finding.kind}. {finding.sentence} {finding.cost_in_words}")


def summary(explanation: Explanation) -> str:
    """Return one line with the cost of quantization."""
    outcome, errors = explanation.outcome, explanation.errors
    if outcome is None or errors is None:
        return f"{explanation.name}, {explanation.file}: {_accuracy(explanation.evaluation)}"
    words = [f"{explanation.name}, {explanation.file}: {outcome.samples:,} samples"]
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


def _accuracy(found: Evaluation | None) -> str:
    """Return the accuracy of a finished model, with its interval, in words."""
    if found is None:
        return "no evaluation samples"
    lower, upper = found.interval
    return (
        f"{len(found.samples):,} samples, {found.accuracy:.2%} accurate"
        f" (95 %: {lower:.2%} to {upper:.2%})"
    )


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
