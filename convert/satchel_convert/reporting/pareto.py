"""What each model costs, in bytes and in quality, and which of them no other model beats."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from satchel.bundle import VerifiedLabels
from satchel_convert.reporting.report import Report, Row

NOISELESS_DB = 100.0
"""Where pictures that do not differ are drawn: a single level in a few thousand"""

Outcome = Literal["passed", "undecided", "failed"]


class Point(NamedTuple):
    """A model, or anything else with a size and a price."""

    name: str
    size_bytes: int
    cost: float
    """Percentage points of accuracy lost, or decibels of PSNR below NOISELESS_DB"""
    interval: tuple[float, float] | None
    """Of the cost"""
    outcome: Outcome


def points_of(report: Report) -> list[Point]:
    """Return the models that converted, or those that a search looked at."""
    rows = report.rows if report.search is None else [each.row for each in report.search.path]
    return [_point(row) for row in rows if row.verified is not None]


def front_of(points: Sequence[Point]) -> list[Point]:
    """Return the models that did not fail and are beaten by none in both, smallest first.

    Of models with the same cost the smallest is kept.
    """
    front: list[Point] = []
    for point in sorted(points, key=lambda each: (each.size_bytes, each.cost)):
        if point.outcome != "failed" and (not front or point.cost < front[-1].cost):
            front.append(point)
    return front


def _point(row: Row) -> Point:
    found = row.verified
    assert found is not None
    outcome: Outcome = "failed" if row.failures else "undecided" if row.undecided else "passed"
    interval = None
    if isinstance(found, VerifiedLabels):
        cost = found.drop_points
        if found.drop_ci95:
            lower, upper = found.drop_ci95
            interval = (lower, upper)
    else:
        cost = NOISELESS_DB - (NOISELESS_DB if found.psnr_db is None else found.psnr_db)
    return Point(row.file, row.size_bytes or 0, cost, interval, outcome)
