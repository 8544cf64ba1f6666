"""Packs named byte strings into one file, and unpacks that file again.

A bundle is a ZIP file in a canonical encoding: the entries are stored uncompressed, ``card.json``
first and the others sorted by name, without dates or comments, and a padding field aligns the data
of every entry to 64 bytes. A reader builds each header again from what it has read and compares the
two. So any byte that differs is an error, even in a field that unzip programs ignore.
``docs/bundle.md`` specifies the layout.

Sources: PKWARE APPNOTE.TXT 6.3. The padding field is the one that Android's ``zipalign`` writes.
"""

import io
import re
import struct
import zlib
from collections.abc import Mapping
from typing import BinaryIO

from satchel import limits
from satchel.errors import BundleError

CARD_NAME = "card.json"
ALIGNMENT = 64
"""Bytes. Engines and memory maps need a flatbuffer aligned to 16 bytes, SIMD loads to up to 64."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_VERSION_NEEDED = 10
_DATE_1980_01_01 = 0x21
_PADDING_FIELD = 0xD935
_LOCAL_SIGNATURE = b"PK\3\4"
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


def pack(entries: Mapping[str, bytes]) -> bytes:
    """Return the archive that holds ``entries``. Equal entries give equal bytes.

    Raises BundleError for a name that is not allowed, too many entries and too large an archive.
    """
    if len(entries) > limits.MAX_ENTRIES:
        raise BundleError(f"Expected at most {limits.MAX_ENTRIES} entries in a bundle, got more.")
    parts = []
    directory = []
    offset = 0
    for name in sorted(entries, key=_position):
        check_name(name)
        local, central = _headers(name, entries[name], offset)
        parts += [local, entries[name]]
        directory.append(central)
        offset += len(local) + len(entries[name])
    archive = b"".join([*parts, *directory, _end(directory, offset)])
    if len(archive) > limits.MAX_ARCHIVE_BYTES:
        raise BundleError(
            f"Expected a bundle of at most {limits.MAX_ARCHIVE_BYTES:,} bytes,"
            f" got {len(archive):,}."
        )
    return archive


def unpack(archive: bytes) -> dict[str, bytes]:
    """Return the entries of an archive, which must be byte for byte what ``pack`` writes.

    Raises BundleError for anything else: extra bytes before, between or after the entries, a
    truncated file, a name that ``pack`` refuses, a compressed or an encrypted entry.
    """
    return unpack_stream(io.BytesIO(archive), len(archive))


def unpack_stream(archive: BinaryIO, size: int) -> dict[str, bytes]:
    """Return the entries of an archive of ``size`` bytes, as ``unpack`` does.

    Each entry is read into its own place, so that the archive is never in memory twice.

    Raises what ``unpack`` raises, and OSError.
    """
    stream = _Stream(archive, size)
    signature = stream.read(4)
    if signature != _LOCAL_SIGNATURE:
        raise BundleError(
            "Expected a .satchel bundle, got a file that begins with"
            f" {signature + stream.read(4)!r}."
        )
    entries: dict[str, bytes] = {}
    directory = []
    offset = 0
    while signature == _LOCAL_SIGNATURE:
        name, data, local, central = _read_entry(stream, offset)
        if len(entries) == limits.MAX_ENTRIES:
            raise BundleError(
                f"Expected at most {limits.MAX_ENTRIES} entries in a bundle, got more."
            )
        if entries and _position(name) <= _position(next(reversed(entries))):
            raise BundleError(f"Expected each name once and in order, got {name!r} out of place.")
        entries[name] = data
        directory.append(central)
        offset += len(local) + len(data)
        signature = stream.read(4)
    end = b"".join([*directory, _end(directory, offset)])
    # One byte more, so that an extra one shows.
    if signature + stream.read(len(end) + 1 - len(signature)) != end:
        raise _changed(offset)
    return entries


class _Stream:
    """A file that is never asked for more than it has: a read allocates what it is asked for."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def read(self, count: int) -> bytes:
        """Return the next ``count`` bytes, or those that are left."""
        found = self._file.read(min(count, self._left))
        self._left -= len(found)
        return found


def _read_entry(stream: _Stream, offset: int) -> tuple[str, bytes, bytes, bytes]:
    """Return the entry at ``offset``, whose signature has been read."""
    fixed = _LOCAL_SIGNATURE + stream.read(_LOCAL.size - len(_LOCAL_SIGNATURE))
    if len(fixed) < _LOCAL.size:
        raise _changed(offset)
    *_, size, name_length, padding = _LOCAL.unpack(fixed)
    encoded = stream.read(name_length)
    name = encoded.decode("ascii", "replace")
    check_name(name)
    said = fixed + encoded + stream.read(padding)
    data = stream.read(size)
    local, central = _headers(name, data, offset)
    if said != local:
        raise _changed(offset)
    return name, data, local, central


def _headers(name: str, data: bytes, offset: int) -> tuple[bytes, bytes]:
    """Return the local and the central header of an entry that begins at ``offset``."""
    encoded = name.encode("ascii")
    common = (_VERSION_NEEDED, 0, 0, 0, _DATE_1980_01_01, zlib.crc32(data), len(data), len(data))
    unpadded = offset + _LOCAL.size + len(encoded) + 6
    zeros = -unpadded % ALIGNMENT
    padding = struct.pack("<3H", _PADDING_FIELD, 2 + zeros, ALIGNMENT) + bytes(zeros)
    local = _LOCAL.pack(_LOCAL_SIGNATURE, *common, len(encoded), len(padding)) + encoded + padding
    central = (
        _CENTRAL.pack(b"PK\1\2", _VERSION_NEEDED, *common, len(encoded), 0, 0, 0, 0, 0, offset)
        + encoded
    )
    return local, central


def _end(directory: list[bytes], offset: int) -> bytes:
    count = len(directory)
    return _END.pack(b"PK\5\6", 0, 0, count, count, sum(map(len, directory)), offset, 0)


def _position(name: str) -> tuple[bool, str]:
    return name != CARD_NAME, name


def check_name(name: str) -> None:
    """Raise BundleError if an entry cannot have this name."""
    if len(name) > limits.MAX_NAME_LENGTH or not _NAME.fullmatch(name):
        raise BundleError(f"Expected a name of a-z 0-9 . _ - in folders by /, got {name[:100]!r}.")


def _changed(offset: int) -> BundleError:
    return BundleError(
        f"Expected a bundle as it was packed, got other bytes after byte {offset:,}:"
        " it was changed, cut short or zipped again; download or convert it again."
    )
