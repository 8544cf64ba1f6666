"""Files that are no bundle, or no longer the one that was packed: cases 1 to 13."""

import io
import struct
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from satchel.bundle.archive import pack


class Container(NamedTuple):
    """A file, and what the refusal must say."""

    case: int
    what: str
    content: bytes
    says: str


NAMES = {
    1: ["../evil", "golden/../../evil", ".."],
    2: ["/etc/passwd", "c:/evil", "c:evil", "\\\\host\\share\\evil", "golden\\evil", "//host/evil"],
    6: ["CARD.JSON", "Card.json", "caf\u00e9", "\ufb01le", "\uff43ard.json"],
    9: ["a" * 101, "a\0b", "a\nb", "a\x1bb", "", "a b", ".hidden", "-rf"],
}
"""By case: what pack would never write, though zip programs do"""


def containers(valid: dict[str, bytes]) -> Iterator[Container]:
    """Yield every container case, made of the entries of a valid bundle."""
    packed = pack(valid)
    for case, names in NAMES.items():
        for name in names:
            yield Container(case, f"a name {name[:20]!r}", _zip({**valid, name: b"evil"}), "")
            spelled = name.encode()
            if 0 < len(spelled) <= 100:
                # In our own spelling, by somebody who knows how bundles are written.
                kept = pack({**valid, "0" * len(spelled): b"evil"})
                yield Container(
                    case,
                    f"a name {name[:20]!r} in our spelling",
                    kept.replace(b"0" * len(spelled), spelled),
                    "",
                )
    yield Container(3, "a symbolic link", _special(valid, 0o120777), "zipped again")
    yield Container(4, "a character device", _special(valid, 0o020666), "zipped again")
    yield Container(4, "a hard link, as tar has them", _special(valid, 0o100644, b"ln"), "zipped")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Container(6, "a name twice", _zip(valid, again=sorted(valid)[0]), "")
    twice = pack({**valid, "zzzzzzzzy": b"first", "zzzzzzzzz": b"other"})
    same = twice.replace(b"zzzzzzzzz", b"zzzzzzzzy")
    yield Container(6, "a name twice in our spelling", same, "out of place")
    nfd = unicodedata.normalize("NFD", "caf\u00e9")
    yield Container(6, "a Unicode twin", _zip({**valid, "caf\u00e9": b"1", nfd: b"2"}), "")

    directory = packed.index(b"PK\1\2")
    for at, what in ((16, "checksum"), (24, "size"), (42, "offset"), (38, "attributes")):
        other = bytearray(packed)
        other[directory + at] ^= 1
        yield Container(7, f"another {what} in the directory", bytes(other), "other bytes")
    yield Container(7, "a script in front", b"#!/bin/sh\nrm -rf ~\n" + packed, "begins with")
    yield Container(7, "a second archive behind", packed + packed, "other bytes")
    yield Container(7, "a comment", packed[:-2] + b"\x04\0evil", "other bytes")

    bomb = {"card.json": bytes(50_000_000)}
    yield Container(8, "a decompression bomb", _zip(bomb, zipfile.ZIP_DEFLATED), "")
    for size in (0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 0):
        lying = bytearray(packed)
        struct.pack_into("<2I", lying, 18, size, size)
        yield Container(8, f"a size of {size}", bytes(lying), "other bytes")
    overlapping = bytearray(packed)
    second = packed.index(b"PK\1\2", directory + 4)
    overlapping[second + 42 : second + 46] = packed[directory + 42 : directory + 46]
    yield Container(8, "entries that overlap", bytes(overlapping), "other bytes")

    crowd = {f"{number:05}": b"" for number in range(1001)}
    yield Container(9, "too many entries", _zip({**valid, **crowd}), "")

    for flag, what in ((1, "encrypted"), (0x40, "strongly encrypted"), (8, "of unknown length")):
        other = bytearray(packed)
        other[6] |= flag
        yield Container(10, f"an entry that is {what}", bytes(other), "other bytes")
    for method in (8, 9, 12, 14, 93, 95, 99, 0xFFFF):
        other = bytearray(packed)
        struct.pack_into("<H", other, 8, method)
        yield Container(10, f"compression {method}", bytes(other), "other bytes")

    for length in {*range(0, len(packed), max(1, len(packed) // 60)), len(packed) - 1}:
        yield Container(11, f"cut at {length}", packed[:length], "")

    yield Container(
        12, "a file that is not listed", pack({**valid, "evil.so": b"x"}), "not in the card"
    )
    for name in valid:
        less = {kept: content for kept, content in valid.items() if kept != name}
        yield Container(13, f"without {name}", pack(less), name)


def _zip(entries: dict[str, bytes], method: int = zipfile.ZIP_STORED, again: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries.items():
            # An empty name is none that zipfile writes by itself.
            archive.writestr(zipfile.ZipInfo(name or "?"), content, method)
        if again:
            archive.writestr(again, b"the second one")
    return file.getvalue() if "" not in entries else file.getvalue().replace(b"?", b"")


def _special(entries: dict[str, bytes], mode: int, extra: bytes = b"") -> bytes:
    """Return a ZIP with one entry of another kind, in Unix's attributes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        info = zipfile.ZipInfo("weights.bin")
        info.create_system, info.external_attr = 3, mode << 16
        info.extra = struct.pack("<2H", 0x756E, len(extra)) + extra if extra else b""
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()
