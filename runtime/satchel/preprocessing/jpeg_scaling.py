"""Decodes a JPEG file at a half, a quarter or an eighth of its size, in a fraction of the time.

libjpeg transforms each block of 8 x 8 frequencies directly to 4 x 4, 2 x 2 or 1 pixels. The image
that the model gets then differs by a few levels from the contract's, so an application must ask for
it. ``docs/bundle.md`` specifies the rule, and decision 14 says why.

Sources: libjpeg-turbo's ``usage.txt``, "scale_num, scale_denom", and Pillow's ``Image.draft``.
"""

from typing import TYPE_CHECKING, NamedTuple

from satchel.bundle.image_input import ImageInput
from satchel.preprocessing.exif import LYING, orientation
from satchel.preprocessing.placement import place

if TYPE_CHECKING:
    from PIL import Image


class Scaled(NamedTuple):
    """The original size of an image that is decoded at a fraction of it."""

    width: int
    """The width of the upright image in pixels."""
    height: int
    """The height of the upright image in pixels."""
    divisor: int
    """2, 4 or 8. The decoded image has the sides divided by it, rounded up."""


def decode_scaled(image: "Image.Image", covered: ImageInput) -> Scaled | None:
    """Make ``image``, not decoded yet, decode at the smallest size that covers the model's.

    The divisor is the largest of 8, 4, 2 and 1 for which each side, divided by it and rounded down,
    is at least that of the image in the model's input. Return the original size and the divisor.
    Return None if the image keeps its size, because the divisor is 1 or the file is not a JPEG.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    if not isinstance(image, JpegImageFile):
        return None
    width, height = image.size
    lies = orientation(image) in LYING
    placed = place(width, height, covered) if lies else place(height, width, covered)
    size = (placed.width, placed.height)
    drafted = image.draft(None, size[::-1] if lies else size)
    if drafted is None or image.size == (width, height):
        return None
    _, (_, _, shown, _) = drafted
    divisor = round(width / shown)
    return Scaled(height, width, divisor) if lies else Scaled(width, height, divisor)
