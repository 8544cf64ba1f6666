"""Computes each model's cost in bytes and quality, and the models that no other model beats."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from satchel_convert.reporting.report import Report, Row
from satchel_convert.schemes import FLOAT_SCHEMES
from satchel_convert.task import OutputFunctions, converter_task

CLEARLY = 1.2
"""The ratio of two latencies from which one is said to be slower: medians on a busy machine differ
by less"""
Outcome = Literal["passed", "undecided", "failed"]


class Point(NamedTuple):
    """A model's size and cost in quality."""

    name: str
    size_bytes: int
    cost: float
    """The lost quality in the task's unit, such as percentage points of accuracy"""
    interval: tuple[float, float] | None
    """The confidence interval of the cost; None if there is none"""
    outcome: Outcome


def points_of(report: Report) -> list[Point]:
    """Return the models that converted, or those that a search examined."""
    rows = report.rows if report.search is None else [each.row for each in report.search.path]
    output = converter_task(report.task).output
    return [_point(row, output) for row in rows if row.verified is not None]


def front_of(points: Sequence[Point]) -> list[Point]:
    """Return the models that did not fail and that no other beats in both, smallest first.

    If several models have the same cost, the smallest is kept.
    """
    front: list[Point] = []
    for point in sorted(points, key=lambda each: (each.size_bytes, each.cost)):
        if point.outcome != "failed" and (not front or point.cost < front[-1].cost):
            front.append(point)
    return front


class Dominated(NamedTuple):
    """A model that another one of its format beats in both time and size."""

    row: Row
    by: Row
    """The fastest of the models that do"""


def dominated(report: Report) -> list[Dominated]:
    """Return the quantized models for which another one is clearly faster and no larger.

    Both are within their limits and of one format. A float model is there for its accuracy, so it
    is not named. Nothing is returned for a report without latency.
    """
    measured = [row for row in report.rows if row.passed and row.latency_ms is not None]
    found = []
    for row in measured:
        better = [other for other in measured if _beats(other, row)]
        if better and row.scheme not in FLOAT_SCHEMES:
            found.append(Dominated(row, min(better, key=lambda other: other.latency_ms or 0)))
    return found


def _beats(other: Row, row: Row) -> bool:
    return (
        other.file.rpartition(".")[2] == row.file.rpartition(".")[2]
        and (other.latency_ms or 0) * CLEARLY < (row.latency_ms or 0)
        and (other.size_bytes or 0) <= (row.size_bytes or 0)
    )


def _point(row: Row, output: OutputFunctions) -> Point:
    outcome: Outcome = "failed" if row.failures else "undecided" if row.undecided else "passed"
    cost, interval = output.cost(row.verified)
    return Point(row.file, row.size_bytes or 0, cost, interval, outcome)
