"""Decodes a still WebP with a third of the memory that Pillow takes, to the same pixels.

Pillow decodes every WebP as an animation: beside the image there are two canvases, a copy of the
result and what a lossless image is transformed in, 20 bytes a pixel. 24 megapixels are then 480 MB,
more than a small device has. libwebp, which comes with Pillow, decodes a still image straight to
its result. Where that library is not found, and for animations, Pillow decodes.

Source: libwebp's ``decode.h`` (``WebPDecodeRGBInto``); RFC 9649 for the container.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import struct
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

_ANIMATION, _ALPHA = 0x02, 0x10
_DEMUX_ABI = 0x0107
"""The version of libwebpdemux's interface, the same since 2014."""


def decode_still(content: bytes, width: int, height: int) -> Image.Image | None:
    """Return the image of a WebP file, RGB or RGBA, None if Pillow must decode it.

    Its ``info`` has the profile and the EXIF data, like Pillow's. Pillow says what is wrong with a
    damaged file.
    """
    chunks = _chunks(content)
    flags = chunks.get(b"VP8X", b"\0")[0]
    libraries = _libraries()
    if libraries is None or flags & _ANIMATION or not _is_whole(content, libraries.demux):
        return None
    found = (ctypes.c_int * 2)()
    where = ctypes.addressof(found)
    known = libraries.webp.WebPGetInfo(
        content, len(content), where, where + ctypes.sizeof(found) // 2
    )
    if not known or tuple(found) != (width, height):
        return None
    from PIL import Image

    lossless = chunks.get(b"VP8L", b"")
    transparent = bool(flags & _ALPHA) if b"VP8X" in chunks else _has_alpha(lossless)
    mode, decode = (
        ("RGBA", libraries.webp.WebPDecodeRGBAInto)
        if transparent
        else ("RGB", libraries.webp.WebPDecodeRGBInto)
    )
    row = len(mode) * width
    pixels = bytearray(row * height)
    target = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    if not decode(content, len(content), target, len(pixels), row):
        return None
    if transparent:
        # Without a copy: the image keeps these pixels.
        image = Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    else:
        image = Image.frombytes("RGB", (width, height), pixels)
    for kind, name in ((b"ICCP", "icc_profile"), (b"EXIF", "exif")):
        if chunks.get(kind):
            image.info[name] = chunks[kind]
    image.format = "WEBP"
    return image


def _is_whole(content: bytes, demux: ctypes.CDLL) -> bool:
    """Return whether the container is in order. libwebp alone decodes some that are not."""
    opened = demux.WebPDemuxInternal(_Data(content, len(content)), 0, None, _DEMUX_ABI)
    demux.WebPDemuxDelete(opened)
    return opened is not None


def _has_alpha(lossless: bytes) -> bool:
    return len(lossless) > 4 and bool(lossless[4] & 0x10)


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """Return the first chunk of each kind."""
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        # Of the image itself only the beginning is looked at.
        kept = 10 if kind in (b"VP8 ", b"VP8L") else length
        chunks.setdefault(kind, content[at + 8 : at + 8 + min(kept, length)])
        at += 8 + length + length % 2
    return chunks


class _Data(ctypes.Structure):
    """libwebp's WebPData."""

    _fields_ = (("bytes", ctypes.c_char_p), ("size", ctypes.c_size_t))


class _Libraries(NamedTuple):
    webp: ctypes.CDLL
    demux: ctypes.CDLL


@cache
def _libraries() -> _Libraries | None:
    """Return the libraries that Pillow decodes WebP with, None if they cannot be told."""
    try:
        webp, demux = (ctypes.CDLL(_place(name)) for name in ("webp", "webpdemux"))
        size, pointer, number = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int
        webp.WebPGetInfo.argtypes = [ctypes.c_char_p, size, pointer, pointer]
        for decode in (webp.WebPDecodeRGBAInto, webp.WebPDecodeRGBInto):
            decode.argtypes = [ctypes.c_char_p, size, pointer, size, number]
            decode.restype = pointer
        demux.WebPDemuxInternal.argtypes = [ctypes.POINTER(_Data), number, pointer, number]
        demux.WebPDemuxInternal.restype = pointer
        demux.WebPDemuxDelete.argtypes = [pointer]
        demux.WebPDemuxDelete.restype = None
    except (OSError, AttributeError):
        return None
    return _Libraries(webp, demux)


def _place(name: str) -> str:
    """Return where the library ``name`` is; raises OSError if it cannot be told."""
    import PIL

    package = Path(PIL.__file__).parent
    places = (
        *package.parent.glob(f"[Pp]illow.libs/lib{name}-*.so*"),
        *package.glob(f".dylibs/lib{name}.*.dylib"),
    )
    found = str(places[0]) if places else ctypes.util.find_library(name)
    if not found:
        raise OSError(f"no library {name}")
    return found
