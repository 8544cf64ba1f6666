"""Writes the words of a report: its title, its summary and the cells of its table."""

from collections.abc import Iterator

from satchel_convert.reporting.pareto import dominated
from satchel_convert.reporting.report import Report, Row, Search, headline_row, smallest_passed
from satchel_convert.task import converter_task
from satchel_convert.verification.failures import need_in_words
from satchel_convert.verification.paired_test import SHOWN_DROP


def title(report: Report) -> str:
    """Return the bundle's name, the number of samples, and the float model's accuracy."""
    words = f"{report.name}: {report.samples:,} samples"
    if report.reference_accuracy is None:
        return words
    return f"{words}, float model {report.reference_accuracy:.2%} accurate"


def search_title(search: Search) -> str:
    """Return the goal of a search and its number of samples, as a title."""
    return (
        f"The {search.goal} of each format, chosen on {search.samples:,} samples"
        " and confirmed on others"
    )


def summary(report: Report) -> str:
    """Return sentences on the model that runs first: its size, cost and verdict, and on others."""
    if report.refused:
        return f"Nothing was converted: {report.doubts[0].line}"
    row = headline_row(report)
    if row is None:
        return f"None of {len(report.rows)} models passed."
    return " ".join((_headline(row, report), *_on_others(row, report)))


def _headline(row: Row, report: Report) -> str:
    assert row.verified is not None
    cost = converter_task(report.task).output.cost_in_words(row.verified)
    several = sum(each.passed for each in report.rows) > 1
    first = " runs first: it" if several and row is report.rows[0] else ""
    return (
        f"{row.file}{first} {_size(row, report)} and {cost} on {report.samples:,} samples:"
        f" {verdict(row)}."
    )


def _on_others(row: Row, report: Report) -> Iterator[str]:
    smallest = smallest_passed(report)
    if smallest is not None and (smallest.size_bytes or 0) < (row.size_bytes or 0):
        assert smallest.verified is not None
        cost = converter_task(report.task).output.cost_in_words(smallest.verified)
        yield f"The smallest is {smallest.file}: it {_size(smallest, report)} and {cost}."
    undecided = [each.file for each in report.rows if each.undecided]
    if undecided:
        yield f"{len(undecided)} packed although undecided: {', '.join(undecided)}."
    if slower := dominated(report):
        pairs = ", ".join(f"{each.row.file} ({each.by.file})" for each in slower)
        yield f"Slower than another model here, and no smaller: {pairs}."
    for each in report.rows:
        if each.stopped and not each.failures:
            yield f"{each.file} {each.stopped}."
    if failed := sum(bool(each.failures) for each in report.rows):
        yield f"{failed} of {len(report.rows)} models failed."


def next_steps(report: Report) -> list[tuple[str, str]]:
    """Return what to do next: pairs of words, and a command or an empty text."""
    if report.refused:
        return [(doubt.remedy, "") for doubt in report.doubts if doubt.remedy]
    steps = []
    if any(row.failures for row in report.rows):
        lost = "See where a failed model loses it, and what helps:"
        steps.append((lost, "satchel explain MODEL"))
    if any(row.undecided for row in report.rows):
        more = "Verify with more samples, so that undecided models are decided:"
        steps.append((more, "satchel convert MODEL --evaluation PLACE"))
    if headline_row(report) is not None:
        proof = "On the device, prove that it says there what it said here:"
        steps += [(proof, "satchel selftest BUNDLE"), ("Use it:", "satchel run BUNDLE INPUT")]
    return steps


def headings(report: Report) -> tuple[str, ...]:
    """Return the headings of the columns between a model's name and its result."""
    return (*converter_task(report.task).output.HEADINGS, "kB", "ms")


def legend(report: Report) -> str:
    """Return an explanation of the headings."""
    return converter_task(report.task).output.LEGEND


def cells(row: Row, report: Report) -> list[str]:
    """Return the cells of one row, one for each of the report's headings."""
    if row.size_bytes is None:
        return ["-"] * len(headings(report))
    output = converter_task(report.task).output
    return [
        *(["-"] * len(output.HEADINGS) if row.verified is None else output.figures(row.verified)),
        f"{row.size_bytes / 1e3:,.0f}",
        "-" if row.latency_ms is None else f"{row.latency_ms:.3f}",
    ]


def verdict(row: Row) -> str:
    """Return ``passed``, or ``failed:``, ``stopped …:`` or ``undecided:`` with the reason."""
    if row.failures:
        return "failed: " + "; ".join(row.failures)
    if row.stopped is not None:
        return row.stopped
    if row.undecided:
        assert row.paired_test is not None
        found = row.paired_test.verdict
        return f"undecided: {need_in_words(found)} (margin {100 * found.margin:g} pp)"
    return "passed"


def class_lines(row: Row) -> list[str]:
    """Return a line for each label that lost more of its samples than chance explains."""
    return [
        f"{drop.label}: {drop.pairs.lost} of {drop.pairs.samples} lost, {drop.pairs.gained} gained"
        f" (p = {drop.probability:.2g} after correction for the number of labels)"
        for drop in (row.paired_test.class_drops if row.paired_test else ())
    ]


def label_power(report: Report) -> str:
    """Return how surely a loss of one label is seen, as a sentence; empty if it is not known."""
    row = headline_row(report)
    power = row.paired_test.label_power if row and row.paired_test else None
    if power is None or not power.samples:
        return ""
    return (
        f"A label that loses {100 * SHOWN_DROP:g} pp is named {power.share:.0%} of the time with"
        f" {power.samples:,} samples."
    )


def _size(row: Row, report: Report) -> str:
    """Return a model's size compared with a float32 model, of the same format if there is one."""
    assert row.size_bytes
    known = [each for each in report.rows if each.scheme == "float32" and each.size_bytes]
    known.sort(key=lambda each: each.file.rpartition(".")[2] != row.file.rpartition(".")[2])
    if not known or known[0] is row:
        return f"is {row.size_bytes / 1e3:,.0f} kB"
    base = known[0]
    assert base.size_bytes
    smaller, larger = base.size_bytes / row.size_bytes, row.size_bytes / base.size_bytes
    if max(smaller, larger) < 1.05:
        return f"is as large as {base.file}"
    if smaller > 1:
        return f"is {smaller:.1f} times smaller than {base.file}"
    return f"is {larger:.1f} times larger than {base.file}"
