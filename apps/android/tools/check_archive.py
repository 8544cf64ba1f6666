"""Checks the entries of an APK: its bundles and its libraries, and prints its size.

python check_archive.py APK FOLDER_OF_BUNDLES
"""

import struct
import sys
import zipfile
from pathlib import Path

ABIS = ("arm64-v8a", "x86_64")
LIBRARIES = ("libonnxruntime.so", "libonnxruntime4j_jni.so")
PAGE = 16_384
"""Bytes: the largest page of a device, since Android 15."""
LOADED = 1


def check_libraries(archive: zipfile.ZipFile) -> None:
    """Check that each library is there, compressed, and can be loaded at pages of 16 KB.

    Raises:
        ValueError: for another library, or one that is stored or aligned otherwise.
    """
    expected = {f"lib/{abi}/{name}" for abi in ABIS for name in LIBRARIES}
    found = {name for name in archive.namelist() if name.startswith("lib/")}
    if found != expected:
        raise ValueError(f"Expected the libraries {sorted(expected)}, got {sorted(found)}.")
    for name in sorted(found):
        if archive.getinfo(name).compress_type != zipfile.ZIP_DEFLATED:
            raise ValueError(f"Expected {name} compressed, got it stored.")
        alignment = least_alignment(archive.read(name))
        if alignment % PAGE:
            raise ValueError(f"Expected {name} aligned to {PAGE} bytes, got {alignment}.")


def least_alignment(library: bytes) -> int:
    """Return the smallest alignment of the parts of an ELF library that are loaded, in bytes."""
    (table,) = struct.unpack_from("<Q", library, 32)
    size, count = struct.unpack_from("<HH", library, 54)
    places = range(table, table + size * count, size)
    return min(
        struct.unpack_from("<Q", library, at + 48)[0]
        for at in places
        if struct.unpack_from("<I", library, at)[0] == LOADED
    )


def check_bundles(archive: zipfile.ZipFile, folder: Path) -> None:
    """Check that each bundle of the folder is inside as it is, and stored.

    Raises:
        ValueError: for a bundle that is missing, differs or is compressed.
    """
    for bundle in sorted(folder.glob("*.satchel")):
        entry = archive.getinfo(f"assets/zoo/{bundle.name}")
        if entry.compress_type != zipfile.ZIP_STORED or archive.read(entry) != bundle.read_bytes():
            raise ValueError(f"Expected {bundle.name} stored as it is, got another entry.")


def main() -> None:
    """Check the APK of the first argument against the bundles of the second."""
    apk, folder = map(Path, sys.argv[1:])
    with zipfile.ZipFile(apk) as archive:
        check_libraries(archive)
        check_bundles(archive, folder)
        code = archive.getinfo("classes.dex").file_size
        libraries = sum(
            archive.getinfo(f"lib/{ABIS[0]}/{name}").compress_size for name in LIBRARIES
        )
    print(
        f"{apk.name}: {apk.stat().st_size / 1e6:.1f} MB; code {code / 1e3:.0f} kB, "
        f"ONNX Runtime for {ABIS[0]} {libraries / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
