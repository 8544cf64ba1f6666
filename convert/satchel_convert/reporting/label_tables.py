"""Makes tables of every label of a multi-label model, as text for the terminal and the page."""

from collections.abc import Sequence
from typing import NamedTuple

from satchel_convert.reporting.report import Report, Row
from satchel_convert.verification.label_figures import Choices, LabelFigures
from satchel_convert.verification.verify import FLOAT_MODEL

LEGEND = (
    "A sample counts as accurate if exactly its labels are chosen. Precision: share of the choices"
    " of a label that are right. Recall: share of the samples with the label that are found. F1:"
    " their harmonic mean. Lost: samples for which the float model decides rightly about the label,"
    " and the model wrongly. Gained: the reverse."
)
HEADINGS = ("label", "samples", "chosen", "precision", "recall", "F1")


class LabelTable(NamedTuple):
    """The figures of one model for every label."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    """One row for each label, in the order of the outputs; one cell for each heading"""


def label_tables(report: Report) -> list[LabelTable]:
    """Return the table of the float model, and of each model that chooses other labels.

    There is none without a multi-label model.
    """
    compared = [(row, _figures(row)) for row in report.rows if _figures(row)]
    if not compared:
        return []
    _, expected = compared[0]
    rows = [_cells(each.label, each.reference) for each in expected]
    tables = [LabelTable(f"labels of the {FLOAT_MODEL}", HEADINGS, rows)]
    for row, figures in compared:
        if _differs(figures):
            rows = [
                [*_cells(each.label, each.found), f"{each.pairs.lost:,}", f"{each.pairs.gained:,}"]
                for each in figures
            ]
            tables.append(LabelTable(f"labels of {row.file}", (*HEADINGS, "lost", "gained"), rows))
    return tables


def same_labels(report: Report) -> str | None:
    """Return a sentence that names the models which choose the float model's labels, or None."""
    files = [row.file for row in report.rows if _figures(row) and not _differs(_figures(row))]
    if not files:
        return None
    verb = "chooses" if len(files) == 1 else "choose"
    return f"{', '.join(files)} {verb} the float model's labels for every sample."


def _figures(row: Row) -> Sequence[LabelFigures]:
    return row.paired_test.labels if row.paired_test else ()


def _differs(figures: Sequence[LabelFigures]) -> bool:
    # For one label, every change of a choice makes it right or wrong.
    return any(each.pairs.lost or each.pairs.gained for each in figures)


def _cells(label: str, found: Choices) -> list[str]:
    shares = (found.precision, found.recall, found.f1)
    counts = [f"{found.samples:,}", f"{found.chosen:,}"]
    return [label, *counts, *("-" if share is None else f"{share:.2%}" for share in shares)]
