"""The image formats that the contract names, and Pillow's decoder for each."""

import io
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from satchel.errors import InputError

if TYPE_CHECKING:
    from PIL import Image


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
    """Return Pillow's name of the format of ``content``; raises InputError for another one."""
    beginning = content[:16]
    for name, form in FORMATS.items():
        if beginning.startswith(form.signatures, form.at):
            return name
    raise InputError(f"Expected an image ({', '.join(FORMATS)}), got something else.")


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
