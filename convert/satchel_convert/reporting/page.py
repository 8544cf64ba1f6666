"""Writes a report as one self-contained page, for small and large screens."""

from satchel_convert.reporting.label_tables import LEGEND, label_tables, same_labels
from satchel_convert.reporting.pareto import points_of
from satchel_convert.reporting.plots import Plot, latency_plot, layer_plot, pareto_plot
from satchel_convert.reporting.report import Report, headline_row
from satchel_convert.reporting.wording import (
    cells,
    class_lines,
    headings,
    label_power,
    legend,
    next_steps,
    search_title,
    summary,
    title,
    verdict,
)
from satchel_convert.task import converter_task


def to_html(report: Report) -> bytes:
    """Return the report as one HTML page that loads no other files.

    The same report gives the same bytes.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("satchel_convert.reporting", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template("report.html.j2").render(
        report=report,
        title=title(report),
        summary=summary(report),
        headline=headline_row(report),
        steps=next_steps(report),
        headings=[_on_one_line(heading) for heading in headings(report)],
        legend=legend(report),
        cells=cells,
        cost=converter_task(report.task).output.COST,
        verdict=verdict,
        search_title=search_title,
        class_lines=class_lines,
        label_power=label_power(report),
        label_tables=label_tables(report),
        same_labels=same_labels(report),
        label_legend=LEGEND,
        size_plot=_size_plot(report),
        latency_plot=_latency_plot(report),
        layer_plot=layer_plot(report.layers.errors)
        if report.layers and report.layers.errors
        else None,
    )
    return page.encode()


def _size_plot(report: Report) -> Plot | None:
    points = points_of(report)
    scale = converter_task(report.task).output.COST
    return pareto_plot(points, scale=scale) if points else None


def _latency_plot(report: Report) -> Plot | None:
    rows = report.rows if report.search is None else [each.row for each in report.search.path]
    measured = [(row.file, row.latency_ms) for row in rows if row.latency_ms is not None]
    return latency_plot(measured) if measured else None


def _on_one_line(heading: str) -> str:
    return heading.replace("-\n", "").replace("differ.", "difference").replace("\n", " ")
