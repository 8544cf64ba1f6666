"""Reads the orientation of an image from its EXIF data, and turns the image upright."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

UPRIGHT = 1
LYING = range(5, 9)
"""The orientations that exchange width and height."""

_ORIENTATION = 0x0112
_KNOWN = range(1, 9)


def orientation(image: "Image.Image") -> int:
    """Return the EXIF orientation, 1 to 8. Damaged EXIF data, or another number, means upright."""
    try:
        found = image.getexif().get(_ORIENTATION, UPRIGHT)
    except Exception:  # noqa: BLE001 - the parser fails in many ways, browsers ignore them all
        return UPRIGHT
    return found if found in _KNOWN else UPRIGHT


def upright(image: "Image.Image") -> "Image.Image":
    """Return the image turned as its EXIF orientation says, ``image`` itself if it is upright."""
    # An image that is damaged outside its EXIF data must still be an error.
    image.load()
    # Pillow turns a TIFF itself when it loads one, and before 10.1 it leaves the tag unchanged.
    if image.format == "TIFF" or orientation(image) == UPRIGHT:
        # A copy of 12 megapixels would cost a third of their decoding.
        return image
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - as above
        return image
