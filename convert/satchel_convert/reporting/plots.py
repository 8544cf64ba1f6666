"""Draws a report's plots: SVG files that are legible on a phone, with the same bytes every time.

The colours are from Okabe and Ito, Color Universal Design (2008). Colour-blind people can tell them
apart. The meaning of a colour is also shown by the shape of a marker or in words.
"""

import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

from satchel_convert.explanation.layers import LayerError
from satchel_convert.reporting.labels_beside import place_labels
from satchel_convert.reporting.pareto import Point, front_of
from satchel_convert.task import CostScale

BLUE, ORANGE, VERMILION, GREY = "#0072B2", "#E69F00", "#D55E00", "#8C8C8C"
INK = "#1b1b1b"
WIDTH = 4.9
"""The width of a plot in inches of 72 points, which fits a phone of 390 pixels without scaling"""
FONT_SIZE = 10.5
"""The font size in points"""
MOST_BARS = 20
MOST_CHARACTERS = 22
"""The largest number of characters of a layer's name"""
MARKERS = {"passed": "o", "undecided": "D", "failed": "X"}


class Plot(NamedTuple):
    """An image for a page."""

    url: str
    """An SVG file as a data URL"""
    alt: str
    """A description of the plot in words"""


def pareto_plot(points: Sequence[Point], *, scale: CostScale) -> Plot:
    """Return a plot of size and quality, with a line through the models that no other beats."""
    front = front_of(points)
    with _figure(height=3.9) as figure:
        axes = figure.add_subplot()
        if front:
            largest = max(point.size_bytes for point in points)
            sizes = [*(point.size_bytes / 1e3 for point in front), 1.08 * largest / 1e3]
            costs = [point.cost for point in front]
            axes.step(sizes, [*costs, costs[-1]], where="post", color=BLUE, alpha=0.55, zorder=1)
        for point in points:
            colour = _colour(point, front)
            at = point.size_bytes / 1e3
            if point.interval is not None:
                axes.vlines(at, *point.interval, color=colour, linewidth=1, alpha=0.6, zorder=1)
            axes.plot(at, point.cost, MARKERS[point.outcome], color=colour, markersize=7, zorder=3)
        axes.set(xlabel="size, kB (left is better)")
        axes.set_xlim(0, 1.08 * max(point.size_bytes for point in points) / 1e3)
        axes.set(ylabel=scale.axis)
        if scale.least_span is not None:
            axes.axhline(0, color=INK, linewidth=0.6, zorder=0)
            low, high = axes.get_ylim()
            axes.set_ylim(min(low, -scale.least_span), max(high, scale.least_span))
        if (tick := scale.tick) is not None:
            axes.yaxis.set_major_formatter(lambda cost, _: tick(cost))
        _finish(axes)
        place_labels(
            axes,
            [(point.name, point.size_bytes / 1e3, point.cost) for point in points],
            colours=[INK if point in front else "#6b6b6b" for point in points],
        )
        url = _svg_url(figure)
    names = ", ".join(point.name for point in front) or "none"
    return Plot(
        url, f"Size against {scale.name}, {len(points)} models; beaten by no other: {names}."
    )


def latency_plot(latencies_ms: Sequence[tuple[str, float]]) -> Plot:
    """Return a plot with a bar for each pair of a model's name and its latency."""
    names = [name for name, _ in latencies_ms]
    with _figure(height=0.9 + 0.27 * len(names)) as figure:
        axes = figure.add_subplot()
        bars = axes.barh(names, [each for _, each in latencies_ms], color=BLUE, height=0.6)
        axes.bar_label(bars, fmt="%.3g", padding=3)
        axes.margins(x=0.15)
        axes.invert_yaxis()
        axes.set(xlabel="one inference, ms")
        _finish(axes)
        url = _svg_url(figure)
    described = ", ".join(f"{name} {each:.3g}" for name, each in latencies_ms)
    return Plot(url, f"Milliseconds of one inference: {described}.")


def layer_plot(errors: Sequence[LayerError]) -> Plot:
    """Return a plot with a bar for each layer's share of the error.

    It shows the MOST_BARS largest shares, in the order of the layers.
    """
    least = sorted((each.share for each in errors), reverse=True)[:MOST_BARS][-1]
    # Equal shares may give more than MOST_BARS layers: keep the first ones.
    shown = [each for each in errors if each.share >= least][:MOST_BARS]
    with _figure(height=0.9 + 0.27 * len(shown)) as figure:
        axes = figure.add_subplot()
        places = range(len(shown))
        shares = [100 * each.share for each in shown]
        worst = max(shares)
        colours = [VERMILION if share == worst > 0 else BLUE for share in shares]
        bars = axes.barh(places, shares, color=colours, height=0.6)
        axes.bar_label(bars, [_sqnr_in_words(each) for each in shown], padding=3)
        axes.set_yticks(places, [_shortened(each.name) for each in shown])
        axes.set_xlim(0, 1.35 * max(worst, 1))
        axes.invert_yaxis()
        axes.set(xlabel="share of the error, %")
        _finish(axes)
        url = _svg_url(figure)
    first = max(errors, key=lambda each: each.share)
    alt = f"Share of the error of {len(shown)} layers; most: {first.name}, {first.share:.0%}."
    return Plot(url, alt)


def _colour(point: Point, front: Sequence[Point]) -> str:
    if point.outcome == "failed":
        return VERMILION
    if point not in front:
        return GREY
    return ORANGE if point.outcome == "undecided" else BLUE


def _sqnr_in_words(each: LayerError) -> str:
    return f"{each.sqnr_db:.0f} dB" if math.isfinite(each.sqnr_db) else "exact"


def _shortened(name: str) -> str:
    # Keep the end, which differs between the layers of one block.
    return name if len(name) <= MOST_CHARACTERS else "\u2026" + name[1 - MOST_CHARACTERS :]


def _finish(axes: Any) -> None:
    axes.grid(color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


@contextmanager
def _figure(*, height: float) -> Iterator[Any]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "svg.hashsalt": "satchel",
        # Keep text as text: it is small and sharp, and a search finds it.
        "svg.fonttype": "none",
        # The first is the one that Matplotlib measures; each text names all of them.
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
        "font.size": FONT_SIZE,
        "text.color": INK,
        "axes.labelcolor": INK,
        # A dollar sign in a name must not begin a formula.
        "text.parse_math": False,
    }
    with mpl.rc_context(style):
        yield Figure(figsize=(WIDTH, height), layout="constrained")


def _svg_url(figure: Any) -> str:
    target = io.StringIO()
    unsaid = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(target, format="svg", metadata=unsaid)
    svg = target.getvalue()
    tight = _tighten(svg[svg.index("<svg") :])
    return "data:image/svg+xml," + quote(tight, safe=" ='/:;,()!*+?&[]{}@$|")


def _tighten(svg: str) -> str:
    """Return an SVG of Matplotlib's without what nobody sees of it, which is more than half."""
    tight = re.sub(r"\s*\n\s*", " ", svg).replace("> <", "><")
    for useless in (r' id="\w+(\.\w+)?_\d+"', r' transform="rotate\(-0 [^"]*\)"'):
        tight = re.sub(useless, "", tight)
    # Digits below a pixel, but not those of a text.
    return re.sub("<[^>]*>", lambda tag: re.sub(r"(\.\d\d)\d+", r"\1", tag[0]), tight)
