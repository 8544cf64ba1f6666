"""Says what a report is of: the bundle, its data, its labels, and what made it."""

import datetime
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from satchel.bundle import Card, load_task
from satchel_convert.reporting.report import Report

_MADE_BY = ("converter", "keras", "tensorflow", "backend")
"""The fields of a card's provenance that name programs"""
_SHOWN_DIGITS = 19
"""The characters of a hash that are shown: ``sha256:`` and 12 digits"""


def facts_of(card: Card) -> tuple[tuple[str, str], ...]:
    """Return what ``card`` says of a model, as pairs of a name and a value in words.

    It depends on the card alone, so that equal models have equal reports.
    """
    task, made = load_task(card.task), card.provenance
    found = {
        "bundle": f"{card.name} {card.version}, {card.task}",
        "trained": _text(made, "created"),
        "recipe": _text(made, "recipe"),
        "data": _text(made, "data")[:_SHOWN_DIGITS],
        "input": task.input.describe(card.input),
        "output": task.output.describe(card.output),
        "versions": ", ".join(_named(made, name) for name in _MADE_BY if name in made),
    }
    return tuple((name, value) for name, value in found.items() if value)


def made_by(report: Report, words: Sequence[str]) -> Report:
    """Return the report with today's date and the words of the command that made it.

    The report that is packed in the bundle is without these two.
    """
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    command = shlex.join(["satchel", *words])
    return report._replace(facts=(*report.facts, ("date", today), ("command", command)))


def _named(made: Mapping[str, Any], name: str) -> str:
    return str(made[name]) if name == "converter" else f"{name} {made[name]}"


def _text(made: Mapping[str, Any], name: str) -> str:
    value = made.get(name, "")
    return value if isinstance(value, str) else ""
