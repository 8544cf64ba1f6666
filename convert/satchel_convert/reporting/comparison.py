"""Writes the comparison of two bundles as a table, Markdown, JSON or JUnit's XML."""

import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from satchel_convert.reporting.report_json import paired_test_fields
from satchel_convert.task import Compared, decibels

LABEL_HEADINGS = ("old", "new", "drop, pp", "95 %, from to")
IMAGE_HEADINGS = ("worst PSNR, dB",)


def print_table(rows: Sequence[Compared], *, title: str) -> None:
    """Print the comparison to standard output."""
    console = Console()
    console.print(title, markup=False, highlight=False, soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for heading in ("model", *_headings(rows), "result"):
        table.add_column(heading, no_wrap=True, justify="left" if heading == "model" else "right")
    for row in rows:
        style = {"failed": "red", "undecided": "yellow"}.get(row.result)
        table.add_row(row.file, *_cells(row, rows), row.result, style=style)
    console.print(table)
    for row in rows:
        if row.reason:
            line = f"{row.file} {row.result}: {row.reason}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def to_markdown(rows: Sequence[Compared], *, title: str) -> str:
    """Return the comparison as a Markdown table, which GitHub's job summaries can show."""
    headings = ("model", *_headings(rows), "result")
    lines = [f"### {title}", "", f"| {' | '.join(headings)} |", f"|---{'|--:' * len(headings)}|"]
    lines[-1] = "|" + "|".join(["---", *["--:"] * (len(headings) - 2), "---"]) + "|"
    for row in rows:
        result = f"{row.result}: {row.reason}" if row.reason else row.result
        lines.append(f"| `{row.file}` | {' | '.join(_cells(row, rows))} | {result} |")
    return "\n".join(lines) + "\n"


def to_json(rows: Sequence[Compared]) -> str:
    """Return the comparison as JSON."""
    passed = all(row.result != "failed" for row in rows)
    return json.dumps({"passed": passed, "models": list(map(_fields, rows))}, indent=1) + "\n"


def to_junit(rows: Sequence[Compared], *, title: str) -> bytes:
    """Return the comparison as JUnit's XML, with one test case for each model.

    The test case of an undecided model is skipped.
    """
    counts = {name: sum(row.result == name for row in rows) for name in ("failed", "undecided")}
    suite = ElementTree.Element(
        "testsuite",
        name=title,
        tests=str(len(rows)),
        failures=str(counts["failed"]),
        skipped=str(counts["undecided"]),
    )
    for row in rows:
        case = ElementTree.SubElement(suite, "testcase", classname=title, name=row.file)
        if row.result != "passed":
            kind = {"failed": "failure", "undecided": "skipped"}[row.result]
            ElementTree.SubElement(case, kind, message=row.reason)
    content: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return content


def _fields(row: Compared) -> dict[str, Any]:
    return {
        "file": row.file,
        "result": row.result,
        "reason": row.reason,
        "old_accuracy": row.old_accuracy,
        "new_accuracy": row.new_accuracy,
        "evidence": row.paired_test and paired_test_fields(row.paired_test),
        "worst_psnr_db": row.worst_psnr_db,
    }


def _headings(rows: Sequence[Compared]) -> tuple[str, ...]:
    if any(row.paired_test for row in rows):
        return LABEL_HEADINGS
    return IMAGE_HEADINGS if any(row.worst_psnr_db is not None for row in rows) else ()


def _cells(row: Compared, rows: Sequence[Compared]) -> list[str]:
    headings = _headings(rows)
    if headings == IMAGE_HEADINGS:
        return ["-" if row.worst_psnr_db is None else decibels(row.worst_psnr_db)]
    if row.paired_test is None:
        return ["-"] * len(headings)
    verdict = row.paired_test.verdict
    return [
        f"{row.old_accuracy:.2%}",
        f"{row.new_accuracy:.2%}",
        f"{100 * verdict.pairs.drop:+.2f}",
        " ".join(f"{100 * limit:+.2f}" for limit in verdict.drop),
    ]
