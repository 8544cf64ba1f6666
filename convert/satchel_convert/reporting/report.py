"""The results of verifying one bundle, as data: a row for each model, and closer looks."""

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
from satchel_convert.plausibility.agreement import ExpectedReport
from satchel_convert.plausibility.doubts import Doubt
from satchel_convert.plausibility.examination import Examination
from satchel_convert.plausibility.token_agreement import TokenReport
from satchel_convert.reporting.thumbnails import png_url
from satchel_convert.settings import Goal, PathLike
from satchel_convert.verification.disagreements import Disagreement
from satchel_convert.verification.failures import is_undecided
from satchel_convert.verification.paired_test import PairedTest
from satchel_convert.verification.verify import Finding, Verification

STRIP_SIDE = 128
"""The longest side of an image in a strip, in pixels"""


class Row(NamedTuple):
    """One model of the matrix of formats and schemes."""

    file: str
    scheme: str
    engine: str | None
    size_bytes: int | None
    verified: Verified | None
    latency_ms: float | None
    """The median time of one inference in milliseconds; None if it is not shown"""
    failures: tuple[str, ...]
    paired_test: PairedTest | None = None
    backend: str | None = None
    """The chosen conversion backend and its results, in words; None if there was only one"""
    stopped: str | None = None
    """Why the model did not run on all samples, in words; None if it did. A stopped model is not
    packed, and its figures are left out, because they are of fewer samples than the others'."""

    @property
    def passed(self) -> bool:
        """Whether the model converted and is within its limits on all samples."""
        return not self.failures and self.stopped is None

    @property
    def undecided(self) -> bool:
        """Whether the model passed, but the samples are too few to be sure."""
        return self.passed and is_undecided(self.scheme, self.failures, self.paired_test)


class Strip(NamedTuple):
    """The images of one model, shown side by side."""

    name: str
    images: Sequence[str]
    """PNG files as data URLs"""


class Layers(NamedTuple):
    """The error that each layer of one quantized model adds."""

    file: str
    errors: Sequence[LayerError]
    """The error of each layer, in the order of the graph"""
    skipped: str | None = None
    """The reason why the layers were not measured; None if they were"""


class Tile(NamedTuple):
    """A sample on which two models disagree, and the image or text to show."""

    found: Disagreement
    image: str | None = None
    """A PNG file as a data URL; None if there is none to show"""
    text: str | None = None
    """The beginning of a text; None if there is none to show"""


class Gallery(NamedTuple):
    """The samples on which one model and the float model disagree."""

    file: str
    total: int
    """The number of all disagreements"""
    tiles: Sequence[Tile]
    """The worst disagreements, the worst first"""
    samples_shown: bool = True
    """Whether the tiles have images or texts"""


class Searched(NamedTuple):
    """A model that a search examined."""

    row: Row
    """The result on the samples on which models are chosen"""
    outcome: Outcome


class Search(NamedTuple):
    """The search that found the models of a report."""

    goal: Goal
    samples: int
    """The number of samples on which models were chosen. The report's rows are on other samples."""
    path: Sequence[Searched]
    """The models in the order in which the search examined them"""


class Report(NamedTuple):
    """The results of verifying one bundle."""

    name: str
    task: str
    samples: int
    reference_accuracy: float | None
    """The accuracy of the float model, 0 to 1; None if it makes images"""
    rows: Sequence[Row]
    """The models in the order of the bundle: a runtime takes the first one that it can run"""
    strips: Sequence[Strip] = ()
    """The images that the float model and the model farthest from it made of the same samples"""
    layers: Layers | None = None
    """None if the bundle lacks the two models that are compared layer by layer"""
    gallery: Gallery | None = None
    """None if the models make images"""
    search: Search | None = None
    """None if every model that passed is kept"""
    doubts: Sequence[Doubt] = ()
    """The reasons to doubt that the model is used as it was trained, the strongest first"""
    expected: ExpectedReport | None = None
    """The comparison with the author's own predictions; None without these"""
    tokens: TokenReport | None = None
    """The comparison of the tokenizer with the float model's own; None for a model of no texts"""
    refused: bool = False
    """Whether nothing was converted because of the doubts"""
    facts: Sequence[tuple[str, str]] = ()
    """What the report is of, as pairs of a name and a value in words"""

    @property
    def passed(self) -> bool:
        """Whether no row failed, and the doubts did not stop the conversion."""
        return not self.refused and not any(row.failures for row in self.rows)

    def save(self, path: PathLike, *, words: Sequence[str] = ()) -> None:
        """Write the report: as JSON to NAME.json, as one self-contained page to any other name.

        With the ``words`` of the command that made it, a page says them and today's date.

        Raises OutputError if the file cannot be written.
        """
        # Imported here, because these modules import this one.
        from satchel_convert.reporting.facts import made_by
        from satchel_convert.reporting.page import to_html
        from satchel_convert.reporting.report_json import to_json

        place = Path(path)
        shown = made_by(self, words) if words else self
        write_atomically(to_json(self) if place.suffix == ".json" else to_html(shown), place)


def make_report(
    name: str,
    verification: Verification,
    *,
    failed: Sequence[MatrixEntry] = (),
    backends: Mapping[str, str | None] = MappingProxyType({}),
) -> Report:
    """Return a report with a row for each finding and each failed conversion.

    ``backends`` describes the chosen conversion backend of each file, in words.
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


def refused_report(name: str, task: str, examination: Examination) -> Report:
    """Return the report of a model that was not converted because of its doubts."""
    return Report(
        name,
        task,
        examination.samples,
        examination.accuracy,
        rows=(),
        doubts=examination.doubts,
        refused=True,
    )


def add_search(
    report: Report, found: SearchResult, backends: Mapping[str, str | None] = MappingProxyType({})
) -> Report:
    """Return the report with all models that the search examined."""
    path = [Searched(row_of(step.finding, backends), step.outcome) for step in found.path]
    return report._replace(search=Search(found.goal, found.choosing, path))


def row_of(finding: Finding, backends: Mapping[str, str | None]) -> Row:
    """Return the row of one finding."""
    return Row(
        file=finding.entry.file,
        scheme=finding.entry.scheme,
        engine=finding.engine,
        size_bytes=finding.entry.size_bytes,
        verified=None if finding.stopped else finding.verified,
        latency_ms=finding.latency_ms,
        failures=finding.failures,
        paired_test=None if finding.stopped else finding.paired_test,
        backend=backends.get(finding.entry.file),
        stopped=None if finding.stopped is None else str(finding.stopped),
    )


def without_latency(report: Report) -> Report:
    """Return the report without latency, which belongs to a machine and not to a model."""
    search = report.search
    if search is not None:
        path = [each._replace(row=each.row._replace(latency_ms=None)) for each in search.path]
        search = search._replace(path=path)
    rows = [row._replace(latency_ms=None) for row in report.rows]
    return report._replace(rows=rows, search=search)


def headline_row(report: Report) -> Row | None:
    """Return the model that a runtime takes if it can: the first that passed; None without one."""
    return next((row for row in report.rows if row.size_bytes is not None and row.passed), None)


def smallest_passed(report: Report) -> Row | None:
    """Return the smallest model within its limits, a decided one if any is; None if none is."""
    passed = [row for row in report.rows if row.size_bytes is not None and row.passed]
    decided = [row for row in passed if not row.undecided]
    return min(decided or passed, key=lambda row: row.size_bytes or 0, default=None)


def _strips(verification: Verification) -> list[Strip]:
    reference, *examples = verification.examples
    shown = [reference]
    if examples:
        shown.append(min(examples, key=lambda each: psnr_db(reference.images, each.images)))
    return [
        Strip(each.name, [png_url(pixels, longer_side=STRIP_SIDE) for pixels in each.images])
        for each in shown
    ]
