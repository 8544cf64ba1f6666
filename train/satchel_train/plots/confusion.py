"""Draws the confusion matrix of a classifier, and the labels that it confuses most."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_train.plots.figures import new_figure, to_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_COUNTED_LABELS = 20
"""The most labels whose counts fit into the cells."""
MOST_NAMED_LABELS = 150
"""The most labels whose names fit to the rows and columns."""
INCHES_A_COUNT = 0.5
INCHES_A_NAME = 0.13
"""The side of a cell, so that names of NAME_SIZE points beside each other do not touch."""
NAME_SIZE = 6
SMALLEST_SIDE = 5.0
"""Inches."""
UNNAMED_SIDE = 10.0
"""The side of a matrix whose labels have no names beside them, in inches."""
NAME_CHARACTERS = 24
PAIRS = 30
"""The number of confused pairs that are listed."""


class Confused(NamedTuple):
    """Two labels, of which a model predicts one for the other."""

    true: str
    said: str
    wrong: int
    """The number of samples with the label ``true`` for which it predicts ``said``."""
    samples: int
    """The number of samples with the label ``true``."""


def draw_confusion(
    scores: NDArray[np.float32], truth: NDArray[np.int32], labels: Sequence[str]
) -> bytes:
    """Return a PNG of the confusion matrix: true labels as rows, predicted labels as columns.

    Up to 20 labels have their counts in the cells. With more, the most confused pairs are listed
    beside the matrix; more than 150 have no names at its sides.

    Args:
        scores: the scores of the model, float32 (n, labels).
        truth: the positions of the right labels, (n,).
        labels: their names.

    """
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(truth, scores.argmax(axis=1), labels=range(len(labels)))
    if len(labels) <= MOST_COUNTED_LABELS:
        side = max(SMALLEST_SIDE, INCHES_A_COUNT * len(labels))
        figure = new_figure(side + 2.5, side + 1.5)
        axes = figure.subplots()
        _draw_matrix(axes, counts, labels, size=10)
        _write_counts(axes, counts)
        return to_png(figure)
    named = len(labels) <= MOST_NAMED_LABELS
    side = max(SMALLEST_SIDE, INCHES_A_NAME * len(labels)) if named else UNNAMED_SIDE
    figure = new_figure(side + 7, side + 1.5)
    axes, listed = figure.subplots(1, 2, width_ratios=(side + 2, 5))
    _draw_matrix(axes, counts, labels if named else (), size=NAME_SIZE)
    _list_pairs(listed, most_confused(counts, labels)[:PAIRS])
    return to_png(figure)


def most_confused(counts: NDArray[np.int64], labels: Sequence[str]) -> list[Confused]:
    """Return all confused pairs of the matrix ``counts``, the most frequent first."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[: np.count_nonzero(wrong)]
    samples = counts.sum(axis=1)
    return [
        Confused(labels[true], labels[said], int(wrong[true, said]), int(samples[true]))
        for true, said in zip(*np.unravel_index(order, wrong.shape), strict=True)
    ]


def _draw_matrix(
    axes: "Axes", counts: NDArray[np.int64], names: Sequence[str], *, size: int
) -> None:
    """Draw the share of each prediction among the samples of a true label."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    drawn = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.figure.colorbar(drawn, ax=axes, label="share of the true label", shrink=0.6)
    axes.set(xlabel="said", ylabel="true")
    if names:
        short = [_short(name) for name in names]
        upright = len(names) > MOST_COUNTED_LABELS
        axes.set_xticks(
            range(len(names)),
            short,
            rotation=90 if upright else 45,
            ha="center" if upright else "right",
            size=size,
            parse_math=False,
        )
        axes.set_yticks(range(len(names)), short, size=size, parse_math=False)


def _write_counts(axes: "Axes", counts: NDArray[np.int64]) -> None:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour, size=7)


def _list_pairs(axes: "Axes", pairs: Sequence[Confused]) -> None:
    axes.axis("off")
    lines = [
        f"{each.wrong:,} of {each.samples:,}: {_short(each.true)} said to be {_short(each.said)}"
        for each in pairs
    ]
    text = "\n".join(["The most confused labels" if lines else "No label is confused", "", *lines])
    axes.text(
        0, 1, text, va="top", size=9, linespacing=1.5, parse_math=False, transform=axes.transAxes
    )


def _short(name: str) -> str:
    return textwrap.shorten(name, NAME_CHARACTERS, placeholder="…") or name[:NAME_CHARACTERS]
