"""Makes the library that joins Java to ONNX Runtime on Android loadable by the C library of Linux.

The classes `ai.onnxruntime` call C through `libonnxruntime4j_jni.so`. Its package holds that
library for Android only, but its x86-64 code calls nothing but ONNX Runtime and functions that
every C library has. So three things of its tables are changed, and not a byte of its code:

- the names of Android's C libraries, which Linux calls otherwise: the process has its own already;
- the versions of their functions, which Linux names otherwise;
- the function that asks for NNAPI, which only Android has: it may be absent, and is not called.

    python jni_for_linux.py ANDROID_LIBRARY LINUX_LIBRARY
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

ENTRY = struct.Struct("<qQ")
SYMBOL = struct.Struct("<IBBHQQ")
SECTION_DYNAMIC, SECTION_SYMBOLS = 6, 11
NEEDED, STRINGS = 1, 5
VERSIONS = (0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF)
IGNORED = 0x6000000D  # the first tag for operating systems: a loader skips what it does not know
WEAK = 2 << 4
ANDROID_LIBRARIES = (b"libc.so", b"libm.so", b"libdl.so")
ANDROID_FUNCTION = b"OrtSessionOptionsAppendExecutionProvider_Nnapi"


def for_linux(library: bytes) -> bytes:
    """Return the library with tables that Linux can load.

    Raises:
        ValueError: for a file that is not a shared library of x86-64.
    """
    if library[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", library, 18)[0] != 62:
        raise ValueError("Expected a shared library of x86-64, got another file.")
    changed = bytearray(library)
    dynamic = list(_entries(library, SECTION_DYNAMIC, ENTRY))
    strings = next(value for _, (tag, value) in dynamic if tag == STRINGS)

    def name(offset: int) -> bytes:
        begin = strings + offset
        return library[begin : library.index(b"\0", begin)]

    for at, (tag, value) in dynamic:
        if tag in VERSIONS or (tag == NEEDED and name(value) in ANDROID_LIBRARIES):
            ENTRY.pack_into(changed, at, IGNORED, 0)
    for at, (where, kind, *others) in _entries(library, SECTION_SYMBOLS, SYMBOL):
        if name(where) == ANDROID_FUNCTION:
            SYMBOL.pack_into(changed, at, where, WEAK | (kind & 15), *others)
    return bytes(changed)


def _entries(
    library: bytes, kind: int, form: struct.Struct
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the offset and the fields of each entry of the section of a kind."""
    (sections,) = struct.unpack_from("<Q", library, 40)
    size, count = struct.unpack_from("<HH", library, 58)
    for section in range(sections, sections + size * count, size):
        found, _, _, begin, length = struct.unpack_from("<IQQQQ", library, section + 4)
        if found == kind:
            for at in range(begin, begin + length, form.size):
                yield at, form.unpack_from(library, at)


def main() -> None:
    """Write the library of the second argument from that of the first."""
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(for_linux(source.read_bytes()))


if __name__ == "__main__":
    main()
