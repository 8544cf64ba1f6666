"""What verification found, as a table, as JSON and as one self-contained page."""

import base64
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from satchel.card import Verified, VerifiedLabels, VerifiedPictures
from satchel.commands.command import decibels
from satchel.images import resize, to_png
from satchel.parity import psnr_db
from satchel_convert.convert import Conversion
from satchel_convert.evidence import Evidence
from satchel_convert.limits import need_in_words
from satchel_convert.schemes import FLOAT_SCHEMES
from satchel_convert.verify import Verification

WIDTH = 120
"""Columns that the table of the largest models needs; that of small ones needs 80"""
LABEL_HEADINGS = ("accu-\nracy", "drop\npp", "95 %\nfrom, to", "agree-\nment", "largest\ndiffer.")
PICTURE_HEADINGS = ("PSNR\ndB", "worst\nPSNR", "largest\ndiffer.")
"""Of what was found of each model, as ``cells`` gives it"""
LABEL_LEGEND = (
    "Drop: percentage points of accuracy lost against the float model on the same samples, with its"
    " 95 % confidence interval. Agreement: share of samples with the float model's top label."
    " Largest difference: of any one probability."
)
PICTURE_LEGEND = (
    "PSNR: peak signal-to-noise ratio of all pictures' pixels together against the float model's,"
    " and of the worst picture. Largest difference: of any one pixel, 1 from black to white."
)
FLOOR = 1e-8
"""Below float32's precision: where a difference of 0 is drawn"""
LEAST_SPAN = 0.5
"""Percentage points that an axis shows at least"""
THUMBNAIL = 128
"""Pixels, the longer side of a picture on the page at most"""
NOISELESS_DB = 100.0
"""Where pictures that do not differ are drawn: a single level in a few thousand"""


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
    evidence: Evidence | None = None

    @property
    def undecided(self) -> bool:
        """Whether it is within its limits so far, and the samples are too few to tell."""
        return (
            not self.failures
            and self.scheme not in FLOAT_SCHEMES
            and self.evidence is not None
            and self.evidence.verdict.decision == "undecided"
        )


class Strip(NamedTuple):
    """Pictures of one model beside each other."""

    name: str
    pictures: Sequence[str]
    """PNG files as data URLs"""


class Report(NamedTuple):
    """What verification found of one bundle."""

    name: str
    samples: int
    reference_accuracy: float | None
    """Of the float model; None where it makes pictures"""
    rows: Sequence[Row]
    strips: Sequence[Strip] = ()
    """What the float model and the one farthest from it made of the same samples"""

    @property
    def headings(self) -> tuple[str, ...]:
        """Of the columns between a model's name and its result."""
        found = PICTURE_HEADINGS if self.reference_accuracy is None else LABEL_HEADINGS
        return (*found, "kB", "ms")

    @property
    def passed(self) -> bool:
        """Whether no row failed."""
        return not any(row.failures for row in self.rows)


def make_report(
    name: str, verification: Verification, *, failed: Sequence[Conversion] = ()
) -> Report:
    """Return the findings as rows, and a row for each conversion that failed."""
    rows = [
        Row(
            file=finding.entry.file,
            scheme=finding.entry.scheme,
            engine=finding.engine,
            size_bytes=finding.entry.size_bytes,
            verified=finding.verified,
            latency_ms=finding.latency_ms,
            failures=finding.failures,
            evidence=finding.evidence,
        )
        for finding in verification.findings
    ]
    for conversion in failed:
        assert conversion.failure is not None
        reasons = (conversion.failure,)
        rows.append(Row(conversion.file, conversion.scheme, None, None, None, None, reasons))
    strips = _strips(verification) if verification.examples else ()
    return Report(name, verification.samples, verification.reference_accuracy, rows, strips)


def _strips(verification: Verification) -> list[Strip]:
    reference, *examples = verification.examples
    shown = [reference]
    if examples:
        shown.append(min(examples, key=lambda each: psnr_db(reference.pictures, each.pictures)))
    return [Strip(each.name, [_data_url(pixels) for pixels in each.pictures]) for each in shown]


def _data_url(pixels: NDArray[np.uint8]) -> str:
    """Return a picture, made smaller where a side is above THUMBNAIL, for a page."""
    height, width = pixels.shape[:2]
    share = min(1.0, THUMBNAIL / max(height, width))
    if share < 1:
        pixels = resize(pixels, max(1, round(height * share)), max(1, round(width * share)))
    return "data:image/png;base64," + base64.b64encode(to_png(pixels)).decode()


def without_latency(report: Report) -> Report:
    """Return the report as a bundle holds it: latency belongs to a machine, not to a model."""
    return report._replace(rows=[row._replace(latency_ms=None) for row in report.rows])


def show(report: Report, *, as_json: bool) -> None:
    """Print the report, as JSON or as a table."""
    if as_json:
        sys.stdout.write(to_json(report).decode())
    else:
        print_table(report)


def print_table(report: Report) -> None:
    """Print the report to standard output."""
    # No cell is ever cut: on a narrower terminal lines wrap.
    console = Console(width=max(WIDTH, Console().width))
    table = Table(
        title=_title(report), title_justify="left", box=SIMPLE_HEAD, padding=0, pad_edge=False
    )
    table.add_column("model", no_wrap=True)
    for heading in report.headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("result", no_wrap=True)
    for row in report.rows:
        style = "red" if row.failures else None
        table.add_row(row.file, *cells(row, report), verdict(row).partition(":")[0], style=style)
    console.print(table)
    for row in report.rows:
        if row.failures or row.undecided:
            console.print(
                f"{row.file} {verdict(row)}", markup=False, highlight=False, soft_wrap=True
            )
        for line in class_lines(row):
            console.print(f"{row.file} {line}", markup=False, highlight=False, soft_wrap=True)


def cells(row: Row, report: Report) -> list[str]:
    """Return what the report's headings announce of one row."""
    if row.verified is None:
        return ["-"] * len(report.headings)
    return [
        *_figures(row.verified),
        f"{(row.size_bytes or 0) / 1e3:,.0f}",
        "-" if row.latency_ms is None else f"{row.latency_ms:.3f}",
    ]


def _figures(found: Verified) -> list[str]:
    if isinstance(found, VerifiedPictures):
        return [
            decibels(found.psnr_db),
            decibels(found.worst_psnr_db),
            f"{found.largest_difference:.2g}",
        ]
    return [
        f"{found.accuracy:.2%}",
        f"{found.drop_points:+.2f}",
        " ".join(f"{limit:+.2f}" for limit in found.drop_ci95) or "-",
        f"{found.agreement:.2%}",
        f"{found.largest_difference:.2g}",
    ]


def verdict(row: Row) -> str:
    """Return ``passed``, or ``failed:`` or ``undecided:`` and why."""
    if row.failures:
        return "failed: " + "; ".join(row.failures)
    if row.undecided:
        assert row.evidence is not None
        found = row.evidence.verdict
        return f"undecided: {need_in_words(found)} on a margin of {100 * found.margin:g} pp"
    return "passed"


def class_lines(row: Row) -> list[str]:
    """Return a line for each label that lost more of its samples than chance explains."""
    return [
        f"{drop.label}: {drop.pairs.lost} of {drop.pairs.samples} lost, {drop.pairs.gained} gained"
        f" (p = {drop.probability:.2g} after correction for the number of labels)"
        for drop in (row.evidence.class_drops if row.evidence else ())
    ]


def to_json(report: Report) -> bytes:
    """Return the report for programs, the same bytes for the same report."""
    rows = [
        row._asdict()
        | {
            "verified": row.verified and asdict(row.verified),
            "evidence": row.evidence and evidence_fields(row.evidence),
        }
        for row in report.rows
    ]
    content = report._asdict() | {"passed": report.passed, "rows": rows}
    # Pictures are for people.
    del content["strips"]
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def evidence_fields(found: Evidence) -> dict[str, Any]:
    """Return the evidence for programs."""
    pairs = found.verdict.pairs
    return {
        "decision": found.verdict.decision,
        "lost": pairs.lost,
        "gained": pairs.gained,
        "samples_needed": found.verdict.samples_needed,
        "agreement_ci95": found.agreement,
        "class_drops": [
            {"label": drop.label, **drop.pairs._asdict(), "probability": drop.probability}
            for drop in found.class_drops
        ],
        "calibration_error": found.calibration_error,
        "reference_calibration_error": found.reference_calibration_error,
    }


def to_html(report: Report) -> bytes:
    """Return the report as one page that loads nothing from elsewhere."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("satchel_convert", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template("report.html.j2").render(
        report=report,
        title=_title(report),
        headings=[_on_one_line(heading) for heading in report.headings],
        legend=PICTURE_LEGEND if report.reference_accuracy is None else LABEL_LEGEND,
        cells=cells,
        verdict=verdict,
        class_lines=class_lines,
        plot=_plot(report),
    )
    return page.encode()


def _on_one_line(heading: str) -> str:
    return heading.replace("-\n", "").replace("differ.", "difference").replace("\n", " ")


def _title(report: Report) -> str:
    title = f"{report.name}: {report.samples:,} samples"
    if report.reference_accuracy is None:
        return title
    return f"{title}, float model {report.reference_accuracy:.2%} accurate"


def _plot(report: Report) -> str:
    """Return each model's size and figures as SVG, the same text every time."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rows = [row for row in report.rows if row.verified is not None]
    names = [row.file for row in rows]
    colours = ["tab:red" if row.failures else "tab:blue" for row in rows]
    with mpl.rc_context({"svg.hashsalt": "satchel", "font.size": 9}):
        figure = Figure(figsize=(10, 0.8 + 0.3 * len(rows)), layout="constrained")
        sizes, first, second, differences = figure.subplots(1, 4, sharey=True)
        sizes.barh(names, [(row.size_bytes or 0) / 1e3 for row in rows], color=colours)
        sizes.set(xlabel="size, kB")
        sizes.invert_yaxis()
        draw = _draw_labels if report.reference_accuracy is not None else _draw_pictures
        draw(first, second, rows, colours)
        found = [row.verified.largest_difference for row in rows if row.verified is not None]
        differences.scatter([max(each, FLOOR) for each in found], names, color=colours)
        differences.set(xscale="log", xlim=(FLOOR / 2, 2), xlabel="largest difference")
        for axes in (sizes, first, second, differences):
            axes.grid(axis="x", alpha=0.3)
            axes.spines[["top", "right"]].set_visible(False)
        target = io.StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    svg = target.getvalue()
    return svg[svg.index("<svg") :]


def _draw_labels(drops: Any, others: Any, rows: Sequence[Row], colours: Sequence[str]) -> None:
    """Draw accuracy lost, with its interval, and disagreement; zeros are to look like zeros."""
    names = [row.file for row in rows]
    found = [row.verified for row in rows if isinstance(row.verified, VerifiedLabels)]
    drops.barh(names, [each.drop_points for each in found], color=colours)
    for name, each in zip(names, found, strict=True):
        if each.drop_ci95:
            lower, upper = each.drop_ci95
            drops.plot([lower, upper], [name, name], color="black", marker="|", linewidth=0.8)
    drops.axvline(0, color="black", linewidth=0.8)
    drops.set(xlabel="accuracy drop, pp, 95 %")
    low, high = drops.get_xlim()
    drops.set_xlim(min(low, -LEAST_SPAN), max(high, LEAST_SPAN))
    others.barh(names, [100 * (1 - each.agreement) for each in found], color=colours)
    others.set(xlabel="other top label, %")
    others.set_xlim(0, max(others.get_xlim()[1], LEAST_SPAN))


def _draw_pictures(total: Any, worst: Any, rows: Sequence[Row], colours: Sequence[str]) -> None:
    """Draw the ratios of signal to noise, of all pictures and of the worst."""
    names = [row.file for row in rows]
    found = [row.verified for row in rows if isinstance(row.verified, VerifiedPictures)]
    ratios = ([each.psnr_db for each in found], [each.worst_psnr_db for each in found])
    for axes, drawn, label in zip((total, worst), ratios, ("PSNR", "worst PSNR"), strict=True):
        axes.barh(names, [NOISELESS_DB if db is None else db for db in drawn], color=colours)
        axes.set(xlabel=f"{label}, dB", xlim=(0, NOISELESS_DB))
