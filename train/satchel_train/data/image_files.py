"""Finds, reads and hashes the image files of a folder."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel.device import usable_cores
from satchel.preprocessing import SUFFIXES, read_pixels
from satchel_train.data.image_store import StoredImages, store_images
from satchel_train.errors import DataError

FILES_AT_ONCE = 64
"""The number of files that are decoded before their pixels are stored."""


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

    Raises InputError with the file's name for a file that is no image, DataError if there is no
    room for the pixels.
    """
    shape = (image.height, image.width, 3)
    return store_images(_decoded(paths, image), count=len(paths), shape=shape)


def _decoded(paths: Sequence[Path], image: ImageInput) -> Iterator[NDArray[np.uint8]]:
    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in range(0, len(paths), FILES_AT_ONCE):
            some = paths[start : start + FILES_AT_ONCE]
            yield from pool.map(lambda path: read_pixels(path, image)[0], some)


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
