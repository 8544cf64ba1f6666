"""What verification found, as a table, as JSON and as one self-contained page."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from satchel.card import Verified
from satchel_convert.convert import Conversion
from satchel_convert.verify import Verification

WIDTH = 80
"""Columns that the table needs"""
HEADINGS = ("accu-\nracy", "drop\npp", "agree-\nment", "largest\ndiffer.", "SQNR\ndB", "kB", "ms")
"""As ``cells`` gives them"""
FLOOR = 1e-8
"""Below float32's precision: where a difference of 0 is drawn"""
LEAST_SPAN = 0.5
"""Percentage points that an axis shows at least"""


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


class Report(NamedTuple):
    """What verification found of one bundle."""

    name: str
    samples: int
    reference_accuracy: float
    rows: Sequence[Row]

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
        )
        for finding in verification.findings
    ]
    for conversion in failed:
        assert conversion.failure is not None
        reasons = (conversion.failure,)
        rows.append(Row(conversion.file, conversion.scheme, None, None, None, None, reasons))
    return Report(name, verification.samples, verification.reference_accuracy, rows)


def without_latency(report: Report) -> Report:
    """Return the report as a bundle holds it: latency belongs to a machine, not to a model."""
    return report._replace(rows=[row._replace(latency_ms=None) for row in report.rows])


def print_table(report: Report) -> None:
    """Print the report to standard output."""
    console = Console(width=max(WIDTH, Console().width))
    table = Table(
        title=_title(report), title_justify="left", box=SIMPLE_HEAD, padding=0, pad_edge=False
    )
    table.add_column("model", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("result", no_wrap=True)
    for row in report.rows:
        style = "red" if row.failures else None
        table.add_row(row.file, *cells(row), verdict(row).partition(":")[0], style=style)
    console.print(table)
    for row in report.rows:
        if row.failures:
            console.print(
                f"{row.file} {verdict(row)}", markup=False, highlight=False, soft_wrap=True
            )


def cells(row: Row) -> list[str]:
    """Return accuracy, drop, agreement, largest difference, SQNR, kilobytes and milliseconds."""
    found = row.verified
    if found is None:
        return ["-"] * 7
    return [
        f"{found.accuracy:.2%}",
        f"{found.drop_points:+.2f}",
        f"{found.agreement:.2%}",
        f"{found.largest_difference:.2g}",
        "inf" if found.sqnr_db is None else f"{found.sqnr_db:.1f}",
        f"{(row.size_bytes or 0) / 1e3:,.1f}",
        "-" if row.latency_ms is None else f"{row.latency_ms:.3f}",
    ]


def verdict(row: Row) -> str:
    """Return ``passed``, or ``failed:`` and why."""
    return "failed: " + "; ".join(row.failures) if row.failures else "passed"


def to_json(report: Report) -> bytes:
    """Return the report for programs, the same bytes for the same report."""
    rows = [
        row._asdict() | {"verified": row.verified and asdict(row.verified)} for row in report.rows
    ]
    content = report._asdict() | {"passed": report.passed, "rows": rows}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


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
        report=report, title=_title(report), cells=cells, verdict=verdict, plot=_plot(report)
    )
    return page.encode()


def _title(report: Report) -> str:
    return (
        f"{report.name}: {report.samples:,} samples,"
        f" float model {report.reference_accuracy:.2%} accurate"
    )


def _plot(report: Report) -> str:
    """Return size, drop, disagreement and difference by model as SVG, the same text every time."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rows = [row for row in report.rows if row.verified is not None]
    names = [row.file for row in rows]
    found = [row.verified for row in rows if row.verified is not None]
    colours = ["tab:red" if row.failures else "tab:blue" for row in rows]
    with mpl.rc_context({"svg.hashsalt": "satchel", "font.size": 9}):
        figure = Figure(figsize=(10, 0.8 + 0.3 * len(rows)), layout="constrained")
        sizes, drops, disagreements, differences = figure.subplots(1, 4, sharey=True)
        sizes.barh(names, [(row.size_bytes or 0) / 1e3 for row in rows], color=colours)
        sizes.set(xlabel="size, kB")
        sizes.invert_yaxis()
        drops.barh(names, [each.drop_points for each in found], color=colours)
        drops.axvline(0, color="black", linewidth=0.8)
        drops.set(xlabel="accuracy drop, pp")
        shares = [100 * (1 - each.agreement) for each in found]
        disagreements.barh(names, shares, color=colours)
        disagreements.set(xlabel="other top label, %")
        least = [max(each.largest_difference, FLOOR) for each in found]
        differences.scatter(least, names, color=colours)
        differences.set(xscale="log", xlim=(FLOOR / 2, 2), xlabel="largest difference")
        # Axes that are never narrower than this: zeros are to look like zeros.
        low, high = drops.get_xlim()
        drops.set_xlim(min(low, -LEAST_SPAN), max(high, LEAST_SPAN))
        disagreements.set_xlim(0, max(disagreements.get_xlim()[1], LEAST_SPAN))
        for axes in (sizes, drops, disagreements, differences):
            axes.grid(axis="x", alpha=0.3)
            axes.spines[["top", "right"]].set_visible(False)
        target = io.StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    svg = target.getvalue()
    return svg[svg.index("<svg") :]
