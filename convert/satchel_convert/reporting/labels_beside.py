"""Writes names beside the points of a plot so that no name covers another."""

from collections.abc import Iterator, Sequence
from typing import Any

LINE = 1.35
"""The distance from one line to the next, as a multiple of the font size"""
CHARACTER = 0.56
"""The average width of a character in common fonts, as a multiple of the font size"""
GAP = 8.0
"""The distance between a point and its name, in points of 1/72 inch"""
ROWS = 12
"""The number of lines above and below a point that are tried"""

Box = tuple[float, float, float, float]
"""The left, bottom, right and top edge, in points from the figure's corner"""


def place_labels(
    axes: Any, points: Sequence[tuple[str, float, float]], *, colours: Sequence[str]
) -> None:
    """Write the name of each point (name, x, y) in free space, beside it or a few lines away.

    A thin line leads from a point to a name that is not beside it. Free space is computed with the
    average width of a character, because the font of the reader's page is unknown here.
    """
    from matplotlib import rcParams

    figure = axes.figure
    # Drawing the figure computes its layout, and with it the place of the axes.
    figure.draw_without_rendering()
    font_size = rcParams["font.size"] - 1
    scale = 72 / figure.dpi
    frame = axes.get_window_extent().extents * scale
    places = [axes.transData.transform((x, y)) * scale for _, x, y in points]
    covered: list[Box] = [(x - 4, y - 4, x + 4, y + 4) for x, y in places]
    # From top to bottom, so that names stand in the order of their points.
    for at in sorted(range(len(points)), key=lambda at: (-places[at][1], places[at][0])):
        name, (x, y) = points[at][0], places[at]
        width, height = CHARACTER * font_size * len(name), LINE * font_size
        candidates = list(_candidates(x, y, width, height))
        free = [box for box in candidates if _inside(box, frame) and not _hits(box, covered)]
        box = (free or candidates)[0]
        covered.append(box)
        right = box[0] >= x
        near = box[1] < y < box[3]
        axes.annotate(
            name,
            (points[at][1], points[at][2]),
            (box[0] - x if right else box[2] - x, (box[1] + box[3]) / 2 - y),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=font_size,
            color=colours[at],
            arrowprops=None if near else {"arrowstyle": "-", "color": "#b0b0b0", "linewidth": 0.6},
        )


def _candidates(x: float, y: float, width: float, height: float) -> Iterator[Box]:
    """Yield boxes for a name, the nearest first."""
    for row in sorted(range(-ROWS, ROWS + 1), key=abs):
        bottom = y + row * height - height / 2
        yield x + GAP, bottom, x + GAP + width, bottom + height
        yield x - GAP - width, bottom, x - GAP, bottom + height


def _inside(box: Box, frame: Box) -> bool:
    # A name must stay inside the axes, not only inside the figure.
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _hits(box: Box, others: Sequence[Box]) -> bool:
    return any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in others
    )
