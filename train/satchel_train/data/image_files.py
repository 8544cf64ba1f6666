"""Finds, reads and hashes the image files of a folder."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel import InputError
from satchel.bundle import ImageInput
from satchel.device import usable_cores
from satchel.preprocessing import SUFFIXES, read_pixels
from satchel_train.data.image_store import StoredImages, store_images
from satchel_train.errors import DataError

FILES_AT_ONCE = 64
"""The number of files that are decoded before their pixels are stored."""
MOST_NAMED = 10
"""The most files that an error names."""


def image_files(folder: Path) -> list[Path]:
    """Return the files in ``folder`` with the suffix of an image, sorted by name.

    Raises DataError for a folder that cannot be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise DataError(
            f"Expected a folder of images, got {str(folder)!r}: {error.strerror}."
        ) from error


def read_images(paths: Sequence[Path], image: ImageInput) -> StoredImages:
    """Return the images as the runtime reads them, uint8 (n, height, width, 3), not in memory.

    Each is decoded once, by as many threads as there are cores: Pillow lets them run at once.

    Raises InputError with the names of all files that are no images, DataError if there is no
    room for the pixels.
    """
    shape = (image.height, image.width, 3)
    return store_images(_decoded(paths, image), count=len(paths), shape=shape)


def _decoded(paths: Sequence[Path], image: ImageInput) -> Iterator[NDArray[np.uint8]]:
    """Yield the pixels of all readable files; raises InputError at the end if some are not."""

    def read(path: Path) -> NDArray[np.uint8] | InputError:
        try:
            pixels: NDArray[np.uint8] = read_pixels(path, image)[0]
            return pixels
        except InputError as error:
            return error

    broken: dict[Path, InputError] = {}
    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in range(0, len(paths), FILES_AT_ONCE):
            some = paths[start : start + FILES_AT_ONCE]
            for path, found in zip(some, pool.map(read, some), strict=True):
                if isinstance(found, InputError):
                    broken[path] = found
                else:
                    yield found
    if broken:
        raise _unreadable(broken)


def _unreadable(broken: Mapping[Path, InputError]) -> InputError:
    first = next(iter(broken.values()))
    if len(broken) == 1:
        return first
    names = ", ".join(repr(str(path)) for path in islice(broken, MOST_NAMED))
    more = f" and {len(broken) - MOST_NAMED:,} more" if len(broken) > MOST_NAMED else ""
    return InputError(
        f"Expected images, got {len(broken):,} files that cannot be read: {names}{more}."
        f" The first: {first}"
    )


def files_sha256(paths: Sequence[Path], *, folder: Path) -> str:
    """Return one SHA-256 over the name in ``folder`` and the SHA-256 of each of ``paths``."""
    whole = hashlib.sha256()
    for path in paths:
        line = f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n"
        whole.update(line.encode())
    return whole.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
