"""Draws the mistakes of a classifier: a confusion matrix, and its most confident mistakes."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.samples import Images, Samples
from satchel_train.plots.figures import new_figure, to_png

MOST_NUMBERED_LABELS = 20
"""The most labels that fit into the plot with their names and counts."""
IMAGES = 25
COLUMNS = 5
TEXTS = 12
TEXT_CHARACTERS = 280


def draw_confusion(
    scores: NDArray[np.float32], truth: NDArray[np.int32], labels: Sequence[str]
) -> bytes:
    """Return a PNG of the confusion matrix: true labels as rows, predicted labels as columns.

    ``scores`` is (n, labels), ``truth`` the positions of the right labels, (n,).
    """
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(truth, scores.argmax(axis=1), labels=range(len(labels)))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    numbered = len(labels) <= MOST_NUMBERED_LABELS
    figure = new_figure(7, 6) if numbered else new_figure(10, 9)
    axes = figure.subplots()
    drawn = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(drawn, label="share of the true label")
    axes.set(xlabel="said", ylabel="true")
    if numbered:
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", parse_math=False)
        axes.set_yticks(range(len(labels)), labels, parse_math=False)
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour, size=7)
    return to_png(figure)


def draw_mistakes(samples: Samples, scores: NDArray[np.float32], labels: Sequence[str]) -> bytes:
    """Return a PNG of the wrong samples with the highest scores, the highest first."""
    said = scores.argmax(axis=1)
    wrong = np.flatnonzero(said != samples.labels)
    surest = wrong[np.argsort(-scores[wrong, said[wrong]], kind="stable")]
    lines = {
        at: f"{labels[said[at]]} {scores[at, said[at]]:.0%}, is {labels[samples.labels[at]]}"
        for at in surest[: max(IMAGES, TEXTS)].tolist()
    }
    contents = samples.contents
    if isinstance(contents, np.ndarray) and contents.dtype == object:
        return _draw_texts(contents, lines)
    return _draw_images(contents, lines)


def _draw_images(images: Images, lines: dict[int, str]) -> bytes:
    figure = new_figure(10, 10)
    for axes in figure.subplots(IMAGES // COLUMNS, COLUMNS).flat:
        axes.axis("off")
    for axes, (at, line) in zip(figure.axes, lines.items(), strict=False):
        axes.imshow(images[at], cmap="gray", vmin=0, vmax=255)
        axes.set_title(line, size=8, parse_math=False, wrap=True)
    return to_png(figure)


def _draw_texts(texts: NDArray[Any], lines: dict[int, str]) -> bytes:
    figure = new_figure(10, 10)
    shown = [
        f"{line}\n{textwrap.fill(textwrap.shorten(texts[at], TEXT_CHARACTERS), 110)}"
        for at, line in list(lines.items())[:TEXTS]
    ]
    figure.text(
        *(0.02, 0.98), "\n\n".join(shown), va="top", size=8, family="monospace", parse_math=False
    )
    return to_png(figure)
