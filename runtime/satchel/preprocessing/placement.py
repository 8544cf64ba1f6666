"""Computes which part of an image a model sees, and where that part lies in its input.

All sizes are whole numbers of pixels, computed in integers, so that every port gets the same ones.
``docs/bundle.md`` specifies the three fits.
"""

from typing import NamedTuple

from satchel.bundle.image_input import ImageInput


class Placement(NamedTuple):
    """A part of an image, its size in the model's input, and its place there, in pixels."""

    box: tuple[int, int, int, int]
    """The part of the image: left, top, right, bottom."""
    height: int
    """The height of that part after resizing."""
    width: int
    """The width of that part after resizing."""
    top: int = 0
    """The number of padded rows above it."""
    left: int = 0
    """The number of padded columns to the left of it."""


def place(rows: int, columns: int, image: ImageInput) -> Placement:
    """Return the placement of an image of ``rows`` and ``columns`` pixels.

    ``stretch`` takes the whole image, ``crop`` the largest centred part that has the model's aspect
    ratio, and ``letterbox`` the whole image at its own aspect ratio, centred.
    """
    height, width = image.height, image.width
    whole = (0, 0, columns, rows)
    if image.fit == "stretch":
        return Placement(whole, height, width)
    wide = columns * height > width * rows
    if image.fit == "letterbox":
        if wide:
            height = max(1, _rounded(rows * width, columns))
        else:
            width = max(1, _rounded(columns * height, rows))
        above, beside = (image.height - height) // 2, (image.width - width) // 2
        return Placement(whole, height, width, above, beside)
    if wide:
        keep = max(1, _rounded(rows * width, height))
        left = (columns - keep) // 2
        return Placement((left, 0, left + keep, rows), height, width)
    keep = max(1, _rounded(columns * height, width))
    top = (rows - keep) // 2
    return Placement((0, top, columns, top + keep), height, width)


def _rounded(dividend: int, divisor: int) -> int:
    """Return the quotient, rounded to the nearest integer, and a half upwards."""
    return (2 * dividend + divisor) // (2 * divisor)
