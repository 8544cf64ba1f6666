"""Joins many images to one, row by row."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GAP = 2
"""The number of white pixels between images."""


def contact_sheet(rows: Sequence[NDArray[np.uint8]], *, enlarged: int = 1) -> bytes:
    """Return a PNG with a row for each of ``rows``, images of uint8 (n, height, width, 3).

    Args:
        rows: the images, all of the same shape.
        enlarged: the factor by which height and width grow, a whole number.

    """
    from PIL import Image

    images = np.stack(rows).repeat(enlarged, axis=2).repeat(enlarged, axis=3)
    framed = np.pad(images, ((0, 0), (0, 0), (0, GAP), (0, GAP), (0, 0)), constant_values=255)
    down, across, height, width, channels = framed.shape
    sheet = framed.transpose(0, 2, 1, 3, 4).reshape(down * height, across * width, channels)
    content = io.BytesIO()
    Image.fromarray(sheet[:-GAP, :-GAP]).save(content, format="PNG")
    return content.getvalue()
