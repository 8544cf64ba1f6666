"""Prints a report on the terminal."""

import sys
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from satchel_convert.reporting.label_tables import LabelTable, label_tables, same_labels
from satchel_convert.reporting.report import Report, Row
from satchel_convert.reporting.report_json import to_json
from satchel_convert.reporting.wording import (
    cells,
    class_lines,
    headings,
    label_power,
    search_title,
    title,
    verdict,
)

WIDTH = 120
"""The number of columns that the widest table needs. The table of small models needs 80."""


def show(report: Report, *, as_json: bool) -> None:
    """Print the report, as JSON or as a table."""
    if as_json:
        sys.stdout.write(to_json(report).decode())
    else:
        print_table(report)


def print_table(report: Report) -> None:
    """Print the report to standard output."""
    # Cells are never cut: on a narrower terminal, lines wrap.
    console = Console(width=max(WIDTH, Console().width))
    for doubt in report.doubts:
        console.print(doubt.line, markup=False, highlight=False, soft_wrap=True)
    if report.refused:
        console.print(title(report), markup=False, highlight=False, soft_wrap=True)
        return
    if report.search is not None:
        outcomes = [(each.row, each.outcome) for each in report.search.path]
        console.print(_table(search_title(report.search), report, outcomes))
    results = [(row, verdict(row).partition(":")[0]) for row in report.rows]
    console.print(_table(title(report), report, results))
    for line in report.tokens.lines if report.tokens else ():
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in report.expected.lines if report.expected else ():
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for row in report.rows:
        if not row.passed or row.undecided:
            console.print(
                f"{row.file} {verdict(row)}", markup=False, highlight=False, soft_wrap=True
            )
        for line in class_lines(row):
            console.print(f"{row.file} {line}", markup=False, highlight=False, soft_wrap=True)
        if row.backend:
            console.print(
                f"{row.file} {row.backend}", markup=False, highlight=False, soft_wrap=True
            )

    if power := label_power(report):
        console.print(power, markup=False, highlight=False, soft_wrap=True)
    for table in label_tables(report):
        console.print(_label_table(table))
    if same := same_labels(report):
        console.print(same, markup=False, highlight=False, soft_wrap=True)


def _label_table(shown: LabelTable) -> Table:
    table = Table(title=shown.title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for at, heading in enumerate(shown.headings):
        table.add_column(heading, justify="right" if at else "left", no_wrap=bool(at))
    for row in shown.rows:
        # A label is any text, also one that looks like a style.
        table.add_row(*map(Text, row))
    return table


def _table(heading: str, report: Report, rows: Sequence[tuple[Row, str]]) -> Table:
    table = Table(title=heading, title_justify="left", box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("model", no_wrap=True)
    for each in headings(report):
        table.add_column(each, justify="right", no_wrap=True)
    table.add_column("result", no_wrap=True)
    for row, result in rows:
        style = "red" if row.failures else None
        table.add_row(row.file, *cells(row, report), result, style=style)
    return table
