"""How an image was held, by its EXIF data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

UPRIGHT = 1
LYING = range(5, 9)
"""Orientations that exchange width and height"""

_ORIENTATION = 0x0112
_KNOWN = range(1, 9)


def orientation(image: "Image.Image") -> int:
    """Return the EXIF orientation, 1 to 8; damaged EXIF, or another number, counts as upright."""
    try:
        found = image.getexif().get(_ORIENTATION, UPRIGHT)
    except Exception:  # noqa: BLE001 - the parser fails in many ways, browsers ignore them all
        return UPRIGHT
    return found if found in _KNOWN else UPRIGHT


def upright(image: "Image.Image") -> "Image.Image":
    """Return the image as its EXIF orientation says, itself where it stands already."""
    # What is damaged beyond the EXIF must be an error still.
    image.load()
    # Pillow itself turns a TIFF that it loads, and before 10.1 leaves the tag as it was.
    if image.format == "TIFF" or orientation(image) == UPRIGHT:
        # A copy of 12 megapixels would cost a third of their decoding.
        return image
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - as above
        return image
