"""Reads the orientation of an image from its EXIF data, and turns the image upright."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

UPRIGHT = 1
LYING = range(5, 9)
"""The orientations that exchange width and height."""

_ORIENTATION = 0x0112
_KNOWN = range(1, 9)
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""The name in ``PIL.Image.Transpose`` of the way in which each orientation is turned upright."""


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
    turned = UPRIGHT if image.format == "TIFF" else orientation(image)
    if turned == UPRIGHT:
        # A copy of 12 megapixels would cost a third of their decoding.
        return image
    from PIL import Image

    # Pillow's exif_transpose does the same, and then writes all EXIF data anew.
    return image.transpose(Image.Transpose[_TURNS[turned]])
