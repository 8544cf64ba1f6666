"""Reads the header of a TIFF, and refuses one whose pixels are outside of the contract.

Sources: TIFF 6.0; TIFF/EP, ISO 12234-2, and Adobe's DNG for RAW files.
"""

import struct
from collections.abc import Iterator

from satchel.errors import InputError
from satchel.preprocessing.foreign_formats import FLOAT_TIFF, RAW, Foreign
from satchel.preprocessing.image_formats import refuse_format
from satchel.preprocessing.image_header import Parts

_SUBFILE, _PHOTOMETRIC, _SUB_DIRECTORIES, _SAMPLE_FORMAT, _DNG_VERSION = 254, 262, 330, 339, 50706
_OF_SENSORS = frozenset({32803, 34892})
"""The photometric interpretations of a sensor's own numbers."""
_FLOATS = frozenset({3, 6})
"""The sample formats of floating point numbers, real and complex."""
_STRIPS = frozenset({273, 279, 324, 325})
"""The tags that list the places and sizes of strips and tiles."""
_SHARED_BYTES = 1 << 16
"""Some programs let a few short tags share their data."""
_SIZES_OF_TIFF = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES_OF_BIG_TIFF = {**_SIZES_OF_TIFF, 16: 8, 17: 8, 18: 8}


def tiff_size(content: bytes) -> tuple[int, int]:
    """Return the width and height that decoding a TIFF takes.

    Raises InputError for a TIFF that is outside of the contract, struct.error for a damaged one.
    """
    found = foreign_tiff(content)
    if found is not None:
        refuse_format(found)
    tags = {tag: value for tag, _, value, _ in read_tags(content)}
    width, height = tags.get(256, 0), tags.get(257, 0)
    tile_width, tile_height = tags.get(322, 0), tags.get(323, 0)
    if tile_width * tile_height > width * height:
        # A decoder allocates whole tiles, also for a smaller image.
        return tile_width, tile_height
    return width, height


def foreign_tiff(content: bytes) -> Foreign | None:
    """Return whether a TIFF is a RAW file or holds floating point numbers, None if neither.

    The first image of a RAW file is small, or not in colours yet. Raises as ``read_tags``.
    """
    tags = {tag: value for tag, _, value, _ in read_tags(content)}
    is_small = tags.get(_SUBFILE, 0) & 1 and _SUB_DIRECTORIES in tags
    if _DNG_VERSION in tags or tags.get(_PHOTOMETRIC) in _OF_SENSORS or is_small:
        return RAW
    return FLOAT_TIFF if _sample_format(content) in _FLOATS else None


def _sample_format(content: bytes) -> int | None:
    """Return how the samples of the first channel are written, None if the TIFF does not say."""
    order, big = _byte_order(content), _is_big(content)
    for tag, size, value, place in read_tags(content):
        if tag == _SAMPLE_FORMAT:
            if size <= (8 if big else 4):
                return value
            # There is one number for each channel, and more than fit here stand somewhere else.
            (there,) = struct.unpack_from(order + ("Q" if big else "I"), content, place)
            return int(struct.unpack_from(order + "H", content, there)[0])
    return None


def read_tags(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield each tag of the first directory of a TIFF: number, size in bytes, first value, place.

    Raises InputError if the values together are longer than the file: a decoder would copy all.
    """
    order, big = _byte_order(content), _is_big(content)
    if big:
        (at,) = struct.unpack_from(order + "Q", content, 8)
        (count,) = struct.unpack_from(order + "Q", content, at)
        at += 8
    else:
        (at,) = struct.unpack_from(order + "I", content, 4)
        (count,) = struct.unpack_from(order + "H", content, at)
        at += 2
    parts = Parts("tags and strips of a TIFF")
    entry = struct.Struct(order + ("HHQQ" if big else "HHII"))
    sizes = _SIZES_OF_BIG_TIFF if big else _SIZES_OF_TIFF
    total = 0
    parts.add(count)
    for place in range(at, at + count * entry.size, entry.size):
        tag, kind, values, _ = entry.unpack_from(content, place)
        size = values * sizes.get(kind, 0)
        if tag in _STRIPS:
            parts.add(values)
        total += size
        if total > len(content) + _SHARED_BYTES:
            raise InputError("Expected tags with their own data, got tags that share it.")
        first = order + {3: "H", 16: "Q"}.get(kind, "I")
        value_place = place + entry.size - (8 if big else 4)
        (value,) = struct.unpack_from(first, content, value_place)
        yield tag, size, value, value_place


def _byte_order(content: bytes) -> str:
    return "<" if content[:1] == b"I" else ">"


def _is_big(content: bytes) -> bool:
    return content[2:4] in (b"+\0", b"\0+")
