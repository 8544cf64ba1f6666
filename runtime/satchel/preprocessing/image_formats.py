"""The image formats that the contract names, and Pillow's decoder for each."""

import io
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from satchel.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

    from satchel.preprocessing.foreign_formats import Foreign


class ImageFormat(NamedTuple):
    """How files of a format begin, and which module of Pillow decodes them."""

    signatures: tuple[bytes, ...]
    at: int
    """The position of the signature in the file."""
    plugin: str
    """The module of the package PIL."""


FORMATS: Mapping[str, ImageFormat] = {
    "BMP": ImageFormat((b"BM",), 0, "BmpImagePlugin"),
    "GIF": ImageFormat((b"GIF87a", b"GIF89a"), 0, "GifImagePlugin"),
    "JPEG": ImageFormat((b"\xff\xd8\xff",), 0, "JpegImagePlugin"),
    "PNG": ImageFormat((b"\x89PNG\r\n\x1a\n",), 0, "PngImagePlugin"),
    "TIFF": ImageFormat((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), 0, "TiffImagePlugin"),
    "WEBP": ImageFormat((b"WEBP",), 8, "WebPImagePlugin"),
}
"""The formats by Pillow's names. Pillow reads more, and runs programs such as Ghostscript for some
of them."""
SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""The suffixes of files in these formats."""


def format_of(content: bytes) -> str:
    """Return Pillow's name of the format of ``content``; raises InputError for another one.

    The message names that format, and what to do with it, if it is a known one.
    """
    name = known_format(content)
    if name is None:
        # Only a refused file needs it.
        from satchel.preprocessing.foreign_formats import SNIFFED_BYTES, foreign_format

        refuse_format(foreign_format(content[:SNIFFED_BYTES]))
    return name


def known_format(beginning: bytes) -> str | None:
    """Return Pillow's name of the format of a file that begins so, None for no such format."""
    for name, form in FORMATS.items():
        # Of the RAW files that begin like a TIFF, this is the one that says so at once.
        if beginning[:16].startswith(form.signatures, form.at) and beginning[8:10] != b"CR":
            return name
    return None


def refuse_format(found: "Foreign | None") -> NoReturn:
    """Raise InputError for a file in a format that is outside of the contract, None if unknown."""
    got = "something else" if found is None else found.name
    remedy = f": {found.remedy}" if found is not None and found.remedy else ""
    raise InputError(f"Expected an image ({', '.join(FORMATS)}), got {got}{remedy}.")


def open_image(content: bytes) -> "Image.Image":
    """Return the image in ``content``. Only its header has been read.

    This imports only the decoder of the file's format. Pillow's own ``open`` imports five of them,
    and a new process that classifies one image would wait for that.

    Raises InputError for a file in another format, and what a decoder raises.
    """
    from PIL import Image

    name = format_of(content)
    import_module(f"PIL.{FORMATS[name].plugin}")
    opened: Image.Image = Image.OPEN[name][0](io.BytesIO(content), "")
    return opened
