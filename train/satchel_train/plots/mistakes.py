"""Draws the most confident mistakes of a classifier."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.samples import Images, Samples
from satchel_train.plots.figures import new_figure, to_png

IMAGES = 25
COLUMNS = 5
TEXTS = 12
TEXT_CHARACTERS = 280
SIDE_INCHES = 2.0
"""The side of an image on the sheet, with the line above it"""
LINE_INCHES = 0.145
"""The height of a line of text of size 8"""


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
    shown = list(lines.items())[:IMAGES]
    columns = min(COLUMNS, max(1, len(shown)))
    rows = max(1, math.ceil(len(shown) / columns))
    # Each image has the same size, whatever their number.
    figure = new_figure(SIDE_INCHES * max(columns, 2), SIDE_INCHES * rows)
    for axes in figure.subplots(rows, columns, squeeze=False).flat:
        axes.axis("off")
    for axes, (at, line) in zip(figure.axes, shown, strict=False):
        axes.imshow(images[at], cmap="gray", vmin=0, vmax=255)
        axes.set_title(line, size=8, parse_math=False, wrap=True)
    return to_png(figure)


def _draw_texts(texts: NDArray[Any], lines: dict[int, str]) -> bytes:
    shown = [
        f"{line}\n{textwrap.fill(textwrap.shorten(texts[at], TEXT_CHARACTERS), 110)}"
        for at, line in list(lines.items())[:TEXTS]
    ]
    words = "\n\n".join(shown)
    height = max(1.0, LINE_INCHES * (words.count("\n") + 2))
    figure = new_figure(10, height)
    figure.text(
        *(0.02, 1 - 0.1 / height), words, va="top", size=8, family="monospace", parse_math=False
    )
    return to_png(figure)
