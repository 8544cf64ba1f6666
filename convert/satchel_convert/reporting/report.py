"""What verification found of one bundle, as data: a row a model, and what was looked at closer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from satchel.bundle import Verified
from satchel.metrics import psnr_db
from satchel.writing import write_atomically
from satchel_convert.conversion.convert import MatrixEntry
from satchel_convert.conversion.search import Outcome, SearchResult
from satchel_convert.explanation.layers import LayerError
from satchel_convert.reporting.thumbnails import png_url
from satchel_convert.schemes import FLOAT_SCHEMES
from satchel_convert.settings import Goal, PathLike
from satchel_convert.verification.disagreements import Disagreement
from satchel_convert.verification.paired_test import PairedTest
from satchel_convert.verification.verify import Finding, Verification

STRIP_SIDE = 128
"""Pixels, the longer side of an image in a strip at most"""


class Row(NamedTuple):
    """One model of the matrix."""

    file: str
    scheme: str
    engine: str | None
    size_bytes: int | None
    verified: Verified | None
    latency_ms: float | None
    """Milliseconds; None where it is not to be shown"""
    failures: tuple[str, ...]
    paired_test: PairedTest | None = None
    backend: str | None = None
    """Which of several ways it came by, in words; None where there is one"""

    @property
    def undecided(self) -> bool:
        """Whether it is within its limits so far, and the samples are too few to tell."""
        return (
            not self.failures
            and self.scheme not in FLOAT_SCHEMES
            and self.paired_test is not None
            and self.paired_test.verdict.decision == "undecided"
        )


class Strip(NamedTuple):
    """Images of one model beside each other."""

    name: str
    images: Sequence[str]
    """PNG files as data URLs"""


class Layers(NamedTuple):
    """What each layer of one quantized model adds to its error."""

    file: str
    errors: Sequence[LayerError]
    """In the graph's order"""
    skipped: str | None = None
    """Why there are none"""


class Tile(NamedTuple):
    """A sample that two models answer differently, and what to show of it."""

    found: Disagreement
    image: str | None = None
    """A PNG file as data URL; None where there is none to show"""
    text: str | None = None
    """The beginning of a text; None where there is none to show"""


class Gallery(NamedTuple):
    """Samples that one model and the float model answer differently."""

    file: str
    total: int
    """Of all that there are"""
    tiles: Sequence[Tile]
    """Some of them, worst first"""
    samples_shown: bool = True
    """Whether the tiles have images or texts"""


class Searched(NamedTuple):
    """A model that a search looked at."""

    row: Row
    """On the samples by which models are chosen"""
    outcome: Outcome


class Search(NamedTuple):
    """How the models of a report were found."""

    goal: Goal
    samples: int
    """By which models were chosen; those of the report are others"""
    path: Sequence[Searched]
    """In the order in which they were looked at"""


class Report(NamedTuple):
    """What verification found of one bundle."""

    name: str
    task: str
    samples: int
    reference_accuracy: float | None
    """Of the float model; None where it makes images"""
    rows: Sequence[Row]
    strips: Sequence[Strip] = ()
    """What the float model and the one farthest from it made of the same samples"""
    layers: Layers | None = None
    """None where the bundle has no two models to compare layer by layer"""
    gallery: Gallery | None = None
    """None where the models make images"""
    search: Search | None = None
    """None where every model is kept that passed"""

    @property
    def passed(self) -> bool:
        """Whether no row failed."""
        return not any(row.failures for row in self.rows)

    def save(self, path: PathLike) -> None:
        """Write the report: as JSON to NAME.json, as one self-contained page to any other name.

        Raises OutputError where it cannot be written.
        """
        # Imported here: both are made of reports.
        from satchel_convert.reporting.page import to_html
        from satchel_convert.reporting.report_json import to_json

        place = Path(path)
        write_atomically(to_json(self) if place.suffix == ".json" else to_html(self), place)


def make_report(
    name: str,
    verification: Verification,
    *,
    failed: Sequence[MatrixEntry] = (),
    backends: Mapping[str, str | None] = MappingProxyType({}),
) -> Report:
    """Return the findings as rows, and a row for each conversion that failed.

    ``routes`` is by which of several ways each file came, in words.
    """
    rows = [row_of(finding, backends) for finding in verification.findings]
    for conversion in failed:
        assert conversion.failure is not None
        reasons = (conversion.failure,)
        rows.append(Row(conversion.file, conversion.scheme, None, None, None, None, reasons))
    strips = _strips(verification) if verification.examples else ()
    return Report(
        name,
        verification.task,
        verification.samples,
        verification.reference_accuracy,
        rows,
        strips,
    )


def add_search(
    report: Report, found: SearchResult, backends: Mapping[str, str | None] = MappingProxyType({})
) -> Report:
    """Return the report with all models that the search looked at."""
    path = [Searched(row_of(step.finding, backends), step.outcome) for step in found.path]
    return report._replace(search=Search(found.goal, found.choosing, path))


def row_of(finding: Finding, backends: Mapping[str, str | None]) -> Row:
    """Return what was found of one model."""
    return Row(
        file=finding.entry.file,
        scheme=finding.entry.scheme,
        engine=finding.engine,
        size_bytes=finding.entry.size_bytes,
        verified=finding.verified,
        latency_ms=finding.latency_ms,
        failures=finding.failures,
        paired_test=finding.paired_test,
        backend=backends.get(finding.entry.file),
    )


def without_latency(report: Report) -> Report:
    """Return the report as a bundle holds it: latency belongs to a machine, not to a model."""
    search = report.search
    if search is not None:
        path = [each._replace(row=each.row._replace(latency_ms=None)) for each in search.path]
        search = search._replace(path=path)
    rows = [row._replace(latency_ms=None) for row in report.rows]
    return report._replace(rows=rows, search=search)


def smallest_passed(report: Report) -> Row | None:
    """Return the smallest model that is within its limits, None where none is."""
    passed = [row for row in report.rows if row.size_bytes is not None and not row.failures]
    return min(passed, key=lambda row: row.size_bytes or 0, default=None)


def _strips(verification: Verification) -> list[Strip]:
    reference, *examples = verification.examples
    shown = [reference]
    if examples:
        shown.append(min(examples, key=lambda each: psnr_db(reference.images, each.images)))
    return [
        Strip(each.name, [png_url(pixels, longer_side=STRIP_SIDE) for pixels in each.images])
        for each in shown
    ]
