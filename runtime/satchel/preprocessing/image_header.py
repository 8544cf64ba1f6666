"""Reads the header of an encoded image, and refuses one that would cost too much to decode.

Little data can ask a decoder for much: thousands of scans over the same pixels, several copies of
every pixel, a million entries of metadata. So this reads the file's structure before any decoder
sees it. Its own time is bounded by the limits that it checks.
``docs/bundle.md`` specifies the budget, and decision 24 says why.

Sources: ITU-T T.81 annex B (JPEG), W3C PNG third edition, CompuServe GIF89a, RFC 9649 (WebP),
Microsoft's BITMAPINFOHEADER.
"""

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from satchel import limits
from satchel.errors import InputError
from satchel.preprocessing.image_formats import FORMATS, format_of

PLAIN = 6
"""The bytes that a pixel takes while it is decoded: 4 in the image, and 2 for its cut-out part."""
PROGRESSIVE = 10
"""The same for a progressive JPEG: it keeps a coefficient of 2 bytes for each sample."""
TIFF = 10
"""The same for a TIFF: a strip can be the whole image, with up to 6 bytes for a pixel."""
WEBP = 20
"""The same for a WebP: 4 each for the transformed pixels, two canvases, the result, the image."""
MOST_EXIF_BYTES = 1 << 20
"""The largest EXIF data of a JPEG, in all its segments together."""
MOST_RLE_BYTES = 1 << 20
"""The largest BMP with run-length encoding, which Pillow decodes in Python."""

_MARKER = rb"(?s)\xff+([^\x00\xff])"
_MARKER_AFTER_SCAN = rb"(?s)\xff+([^\x00\xd0-\xd7\xff])"
_END_OF_IMAGE = 0xD9
_SCAN = 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_FRAMES = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


class ImageHeader(NamedTuple):
    """What a file says of its image."""

    format: str
    """Pillow's name of the format, such as ``JPEG``."""
    width: int
    height: int
    bytes_per_pixel: int
    """The memory that a pixel takes while the image is decoded."""

    @property
    def decoding_bytes(self) -> int:
        """The memory that decoding the image takes, in bytes."""
        return self.width * self.height * self.bytes_per_pixel


class Parts:
    """The parts of a file that a decoder reads one by one, and their limit."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._count = 0

    def add(self, count: int) -> None:
        """Count ``count`` parts more; raises InputError beyond MAX_PARTS."""
        self._count += count
        if self._count > limits.MAX_PARTS:
            raise InputError(f"Expected at most {limits.MAX_PARTS:,} {self._kind}, got more.")


def read_header(content: bytes) -> ImageHeader:
    """Return the header of the encoded image ``content``.

    Raises InputError for another format, a header that cannot be read, and an image beyond
    MAX_PIXELS, MAX_SCANS, MAX_FRAMES, MAX_PARTS or MAX_DECODING_BYTES of ``satchel.limits``.
    """
    name = format_of(content)
    try:
        header = _READERS[name](content)
    except (struct.error, IndexError) as error:
        raise InputError(f"Expected a whole {name} file, got one that ends too early.") from error
    if header.width * header.height > limits.MAX_PIXELS:
        raise InputError(
            f"Expected at most {limits.MAX_PIXELS:,} pixels, got {header.width} x {header.height}."
        )
    if header.decoding_bytes > limits.MAX_DECODING_BYTES:
        raise InputError(
            f"Expected an image that takes {limits.MAX_DECODING_BYTES >> 20} MiB to decode, got"
            f" {header.decoding_bytes >> 20} MiB for {header.width} x {header.height} pixels of"
            f" {name}: make it smaller."
        )
    return header


def _jpeg(content: bytes) -> ImageHeader:
    parts = Parts("segments of a JPEG")
    exif = b""
    width = height = scans = 0
    bytes_per_pixel = PLAIN
    at = 2
    between, after_scan = re.compile(_MARKER), re.compile(_MARKER_AFTER_SCAN)
    searched = between
    while marker := searched.search(content, at):
        # Pillow reads the bytes between two segments one by one, and so they count like segments.
        parts.add(1 + (marker.end() - at - 2 if searched is between else 0))
        kind, at = marker[1][0], marker.end()
        searched = between
        if kind == _END_OF_IMAGE:
            break
        if 0xD0 <= kind <= 0xD8 or kind == 0x01:
            continue
        (length,) = struct.unpack_from(">H", content, at)
        payload = content[at + 2 : at + length]
        at += length
        if kind in _FRAMES:
            found_height, found_width = struct.unpack_from(">HH", payload, 1)
            width, height = max(width, found_width), max(height, found_height)
            bytes_per_pixel = PROGRESSIVE if kind in _PROGRESSIVE_FRAMES else bytes_per_pixel
        elif kind == _SCAN:
            scans += 1
            if scans > limits.MAX_SCANS:
                raise InputError(f"Expected at most {limits.MAX_SCANS} scans of a JPEG, got more.")
            searched = after_scan
        elif kind == 0xE1 and payload.startswith(b"Exif\0\0"):
            exif += payload[6:]
            if len(exif) > MOST_EXIF_BYTES:
                raise InputError(f"Expected at most {MOST_EXIF_BYTES:,} bytes of EXIF, got more.")
        elif kind == 0xE2 and payload.startswith(b"MPF\0"):
            _check_exif(payload[4:])
    _check_exif(exif)
    return ImageHeader("JPEG", width, height, bytes_per_pixel)


def _png(content: bytes) -> ImageHeader:
    parts = Parts("chunks of a PNG")
    profiles = 0
    at = 8
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        parts.add(1)
        if kind == b"iCCP":
            profiles += 1
            if profiles > 1:
                raise InputError("Expected one colour profile in a PNG, got more.")
        elif kind == b"eXIf":
            _check_exif(content[at + 8 : at + 8 + length])
        elif kind == b"IEND":
            break
        at += 12 + length
    width, height = struct.unpack_from(">II", content, 16)
    return ImageHeader("PNG", width, height, PLAIN)


def _gif(content: bytes) -> ImageHeader:
    parts = Parts("blocks of a GIF")
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    while content[at] != 0x2C:
        parts.add(1)
        if content[at] != 0x21:
            at += 1
            continue
        at += 2
        while content[at]:
            parts.add(1)
            at += 1 + content[at]
        at += 1
    left, top, wide, high = struct.unpack_from("<HHHH", content, at + 1)
    return ImageHeader("GIF", max(width, left + wide), max(height, top + high), PLAIN)


def _bmp(content: bytes) -> ImageHeader:
    (size,) = struct.unpack_from("<I", content, 14)
    if size == 12:
        width, height = struct.unpack_from("<HH", content, 18)
        return ImageHeader("BMP", width, height, PLAIN)
    width, height, _, _, compression = struct.unpack_from("<iiHHI", content, 18)
    if compression in (1, 2) and len(content) > MOST_RLE_BYTES:
        raise InputError(
            f"Expected a BMP with run-length encoding of at most {MOST_RLE_BYTES:,} bytes, got"
            f" {len(content):,}: save it as a PNG."
        )
    return ImageHeader("BMP", abs(width), abs(height), PLAIN)


def _webp(content: bytes) -> ImageHeader:
    parts = Parts("chunks of a WebP")
    frames = width = height = 0
    at = 12
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        parts.add(1)
        body = at + 8
        if kind == b"VP8X":
            wide, high = (
                int.from_bytes(content[body + i : body + i + 3], "little") for i in (4, 7)
            )
            width, height = max(width, wide + 1), max(height, high + 1)
        elif kind == b"VP8 ":
            wide, high = struct.unpack_from("<HH", content, body + 6)
            width, height = max(width, wide & 0x3FFF), max(height, high & 0x3FFF)
        elif kind == b"VP8L":
            (bits,) = struct.unpack_from("<I", content, body + 1)
            width = max(width, (bits & 0x3FFF) + 1)
            height = max(height, (bits >> 14 & 0x3FFF) + 1)
        elif kind == b"ANMF":
            frames += 1
            if frames > limits.MAX_FRAMES:
                raise InputError(f"Expected at most {limits.MAX_FRAMES} frames, got more.")
        elif kind == b"EXIF":
            _check_exif(content[body : body + length].removeprefix(b"Exif\0\0"))
        at = body + length + length % 2
    return ImageHeader("WEBP", width, height, WEBP)


def _tiff(content: bytes) -> ImageHeader:
    # Few images need it.
    from satchel.preprocessing.tiff_header import tiff_size

    return ImageHeader("TIFF", *tiff_size(content), TIFF)


def _check_exif(exif: bytes) -> None:
    if exif[:4] in FORMATS["TIFF"].signatures:
        from satchel.preprocessing.tiff_header import read_tags

        try:
            for _ in read_tags(exif):
                pass
        except (struct.error, IndexError):
            # Damaged EXIF data is ignored, like everywhere else.
            return


_READERS: dict[str, Callable[[bytes], ImageHeader]] = {
    "BMP": _bmp,
    "GIF": _gif,
    "JPEG": _jpeg,
    "PNG": _png,
    "TIFF": _tiff,
    "WEBP": _webp,
}
