"""A JPEG file decoded at a half, a quarter or an eighth of its size, in a fraction of the time.

libjpeg transforms each block of 8 x 8 frequencies straight to 4 x 4, 2 x 2 or 1 pixels. The image
that the model gets differs by a few levels from the contract's, so whoever opens a classifier asks
for it; ``docs/bundle.md`` specifies the rule, decision 14 says why.

Source: libjpeg-turbo's ``usage.txt``, "scale_num, scale_denom"; Pillow's ``Image.draft``.
"""

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from satchel.bundle.inputs import ImageInput
from satchel.errors import InputError
from satchel.preprocessing.exif import LYING, orientation

if TYPE_CHECKING:
    from PIL import Image

Decoding: TypeAlias = Literal["exact", "scaled"]
"""Every pixel, as the contract has it; or only as many of a JPEG's as the model's size needs"""
DECODINGS: tuple[Decoding, ...] = ("exact", "scaled")


def check_exact(decoding: str, kind: str) -> None:
    """Raise InputError for another decoding than the exact one, of inputs that are no images."""
    if decoding != "exact":
        raise InputError(f"Expected images for {decoding} decoding, got a model of {kind}s.")


class Scaled(NamedTuple):
    """What an image was before it was decoded at a fraction of its size."""

    width: int
    """Of the upright image, pixels"""
    height: int
    divisor: int
    """2, 4 or 8; what is decoded has the sides divided by it, rounded up"""


def decode_scaled(image: "Image.Image", covered: ImageInput) -> Scaled | None:
    """Let ``image``, opened and not yet decoded, come as the smallest that covers the model's size.

    1/s of its own with the largest s of 8, 4, 2 and 1 for which a sth of each side, rounded down,
    is at least the model's. None where it stays as it is: s is 1, or the file is no JPEG.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    if not isinstance(image, JpegImageFile):
        return None
    width, height = image.size
    size = (covered.width, covered.height)
    lies = orientation(image) in LYING
    drafted = image.draft(None, size[::-1] if lies else size)
    if drafted is None or image.size == (width, height):
        return None
    _, (_, _, shown, _) = drafted
    divisor = round(width / shown)
    return Scaled(height, width, divisor) if lies else Scaled(width, height, divisor)
