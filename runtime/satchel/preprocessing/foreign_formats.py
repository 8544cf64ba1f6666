"""Names files that are no images of the contract, by their content, and says what to do."""

import re
from typing import NamedTuple

SNIFFED_BYTES = 1024
"""The number of bytes at the beginning of a file that its format is told from."""

_AS_PNG = "export it as PNG"
_AS_JPEG = "convert it to JPEG"
_FRAMES = "save its frames as JPEG"


class Foreign(NamedTuple):
    """A format that is outside of the contract."""

    name: str
    remedy: str
    """What a user may do with such a file; empty if there is nothing to do."""


FLOAT_TIFF = Foreign("a TIFF of floating point numbers", "save it with 8 or 16 bits a channel")
RAW = Foreign("a camera's RAW file", _AS_JPEG)

_BRANDS = (
    (b"avif|avis", Foreign("AVIF", _AS_JPEG)),
    (b"hei[cxmsv]|hev[cxms]|mif1|msf1", Foreign("HEIC", _AS_JPEG)),
    (b"crx ", RAW),
)
"""What the brands of a file say that begins with an ``ftyp`` box, ISO/IEC 14496-12."""
_BEGINNINGS = (
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", Foreign("JPEG XL", _AS_JPEG)),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", Foreign("JPEG 2000", _AS_JPEG)),
    (rb"II\*\0.{4}CR|II(RO|RS|U\0)|MMOR|FUJIFILMCCD-RAW|FOVb|\0MRM", RAW),
    (rb".{0,512}?%PDF-", Foreign("PDF", _AS_PNG)),
    (rb"%!PS|\xc5\xd0\xd3\xc6", Foreign("PostScript", _AS_PNG)),
    (rb"8BPS", Foreign("PSD", _AS_PNG)),
    (rb"\0\0[\1\2]\0.\0", Foreign("an icon", _AS_PNG)),
    (rb"v/1\x01|#\?RADIANCE", Foreign("an image of floating point numbers", _AS_PNG)),
    (rb"P[1-7]\s", Foreign("a Netpbm image", _AS_PNG)),
    (rb".{128}DICM", Foreign("DICOM", _AS_PNG)),
    (rb"\x1aE\xdf\xa3|RIFF.{4}AVI ", Foreign("a video", _FRAMES)),
    (rb"\x93NUMPY", Foreign("a NumPy array", _AS_PNG)),
    (rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!", Foreign("an archive", "")),
)
_MARKUP = (
    (rb"<svg\b|<\?xml.*<svg\b|<!doctype svg", Foreign("SVG", _AS_PNG)),
    (rb"<!doctype html|<html\b|<head\b", Foreign("a web page", "download the image again")),
)


def foreign_format(beginning: bytes) -> Foreign | None:
    """Return the format of a file that begins so; None if it is not known."""
    if not beginning:
        return Foreign("an empty file", "")
    if beginning[4:8] == b"ftyp":
        return _by_brands(beginning)
    for pattern, found in _BEGINNINGS:
        if re.match(pattern, beginning, re.DOTALL):
            return found
    text = beginning.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    for pattern, found in _MARKUP:
        if re.match(pattern, text, re.DOTALL | re.IGNORECASE):
            return found
    return None


def _by_brands(beginning: bytes) -> Foreign:
    """Return the format that the first of the brands names; a file of no known one is a video."""
    size = int.from_bytes(beginning[:4], "big")
    # The second word is the version of the first brand.
    words = [beginning[at : at + 4] for at in range(8, min(size, len(beginning)), 4) if at != 12]
    for pattern, found in _BRANDS:
        if any(re.fullmatch(pattern, word) for word in words):
            return found
    return Foreign("a video", _FRAMES)
