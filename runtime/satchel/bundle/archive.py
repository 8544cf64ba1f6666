"""Packs named byte strings into one file, and unpacks that file again.

A bundle is a ZIP file in a canonical encoding: the entries are stored uncompressed, ``card.json``
first and the others sorted by name, without dates or comments, and a padding field aligns the data
of every entry to 64 bytes. A reader builds each header again from what it has read and compares the
two. So any byte that differs is an error, even in a field that unzip programs ignore.
``docs/bundle.md`` specifies the layout.

Sources: PKWARE APPNOTE.TXT 6.3. The padding field is the one that Android's ``zipalign`` writes.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from satchel import limits
from satchel.bundle.hashing import check_digest
from satchel.bundle.open_file import Memory, Source
from satchel.errors import BundleError

CARD_NAME = "card.json"
ALIGNMENT = 64
"""Bytes. Engines and memory maps need a flatbuffer aligned to 16 bytes, SIMD loads to up to 64."""

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_LATER = _FIRST | frozenset("._-")
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
        data = entries[name]
        local, central = _headers(name, zlib.crc32(data), len(data), offset)
        parts += [local, data]
        directory.append(central)
        offset += len(local) + len(data)
    archive = b"".join([*parts, *directory, _end(directory, offset)])
    if len(archive) > limits.MAX_ARCHIVE_BYTES:
        raise BundleError(
            f"Expected a bundle of at most {limits.MAX_ARCHIVE_BYTES:,} bytes,"
            f" got {len(archive):,}."
        )
    return archive


class Entry(NamedTuple):
    """The place of an entry's data in an archive, as its header says."""

    start: int
    """Bytes before the data."""
    size: int
    crc32: int


class StoredEntries(Mapping[str, bytes]):
    """The entries of an open archive. Each is read when it is asked for, and every time anew.

    They are read from the file that was opened, whatever file is at its path meanwhile. With
    ``digests``, no byte of an entry is returned before its SHA-256 is found right.

    Raises BundleError for an entry that is not what its header, or its digest, says.
    """

    def __init__(
        self, source: Source, entries: Mapping[str, Entry], digests: Mapping[str, str] | None = None
    ) -> None:
        self._source = source
        self._entries = entries
        self._digests = digests

    def __getitem__(self, name: str) -> bytes:
        entry = self._entries[name]
        data = self._source.read_at(entry.start, entry.size)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc32:
            raise _changed(entry.start)
        if self._digests is not None:
            check_digest(name, data, self._digests[name])
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __reduce__(self) -> tuple[type[dict[str, bytes]], tuple[dict[str, bytes]]]:
        # Another process gets the content: it cannot read from this one's file.
        return dict, (dict(self),)

    def size(self, name: str) -> int:
        """Return the number of bytes of an entry, without reading it."""
        return self._entries[name].size

    def close(self) -> None:
        """Let go of the archive. No entry can be read any more."""
        self._source.close()

    def checked(self, digests: Mapping[str, str]) -> "StoredEntries":
        """Return the entries that ``digests`` names, each checked when it is read."""
        entries = {name: self._entries[name] for name in digests}
        return StoredEntries(self._source, entries, digests)


def unpack(archive: bytes) -> dict[str, bytes]:
    """Return the entries of an archive, which must be byte for byte what ``pack`` writes.

    Raises BundleError for anything else: extra bytes before, between or after the entries, a
    truncated file, a name that ``pack`` refuses, a compressed or an encrypted entry.
    """
    return dict(open_archive(Memory(archive), len(archive)))


def open_archive(source: Source, size: int) -> StoredEntries:
    """Return the entries of an archive of ``size`` bytes, whose data is not read yet.

    All headers must be byte for byte what ``pack`` writes. Only the data may still be wrong.

    Raises what ``unpack`` raises, and what ``source`` raises.
    """
    start = source.read_at(0, 8)
    if start[:4] != _LOCAL_SIGNATURE:
        raise BundleError(f"Expected a .satchel bundle, got a file that begins with {start!r}.")
    entries: dict[str, Entry] = {}
    directory = []
    offset = 0
    while (fixed := source.read_at(offset, _LOCAL.size))[:4] == _LOCAL_SIGNATURE:
        name, entry, central = _read_header(fixed, source, offset)
        if len(entries) == limits.MAX_ENTRIES:
            raise BundleError(
                f"Expected at most {limits.MAX_ENTRIES} entries in a bundle, got more."
            )
        if entries and _position(name) <= _position(next(reversed(entries))):
            raise BundleError(f"Expected each name once and in order, got {name!r} out of place.")
        if entry.start + entry.size > size:
            raise _changed(offset)
        entries[name] = entry
        directory.append(central)
        offset = entry.start + entry.size
    end = b"".join([*directory, _end(directory, offset)])
    # One byte more, so that an extra one shows.
    if source.read_at(offset, len(end) + 1) != end:
        raise _changed(offset)
    return StoredEntries(source, entries)


def _read_header(fixed: bytes, source: Source, offset: int) -> tuple[str, Entry, bytes]:
    """Return the entry at ``offset``, whose header begins with ``fixed``, and its central header.

    A header is at most 128 KiB, whatever it says.
    """
    if len(fixed) < _LOCAL.size:
        raise _changed(offset)
    *_, crc32, _, size, name_length, padding = _LOCAL.unpack(fixed)
    rest = source.read_at(offset + _LOCAL.size, name_length + padding)
    name = rest[:name_length].decode("ascii", "replace")
    check_name(name)
    local, central = _headers(name, crc32, size, offset)
    if fixed + rest != local:
        raise _changed(offset)
    return name, Entry(offset + len(local), size, crc32), central


def _headers(name: str, crc32: int, size: int, offset: int) -> tuple[bytes, bytes]:
    """Return the local and the central header of an entry that begins at ``offset``."""
    encoded = name.encode("ascii")
    common = (_VERSION_NEEDED, 0, 0, 0, _DATE_1980_01_01, crc32, size, size)
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
    # To compile a pattern for this takes as long as to read all headers.
    right = all(each[:1] in _FIRST and _LATER.issuperset(each) for each in name.split("/"))
    if len(name) > limits.MAX_NAME_LENGTH or not right:
        raise BundleError(f"Expected a name of a-z 0-9 . _ - in folders by /, got {name[:100]!r}.")


def _changed(offset: int) -> BundleError:
    return BundleError(
        f"Expected a bundle as it was packed, got other bytes after byte {offset:,}:"
        " it was changed, cut short or zipped again; download or convert it again."
    )
