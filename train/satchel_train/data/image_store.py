"""Keeps decoded images in a temporary file, from which a batch reads those that it needs.

A training reads each image once in every epoch, and decoding a photograph takes up to a thousand
times as long as reading its pixels at the model's size. So each image is decoded once, and only
its pixels are read again: the memory that a training needs does not grow with their number. The
file has no name and ends with the process, however that ends.
"""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.download import cache_folder
from satchel_train.errors import DataError


class StoredImages:
    """Images of one size in a temporary file. An index reads those that it names.

    It has the length, shape, dtype and indices of an array, uint8 (n, height, width, 3), and may be
    read by several threads.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, file: "_PixelFile", positions: NDArray[np.intp]) -> None:
        """``positions`` are those of the images in ``file``."""
        self._file = file
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of images, their height, width and channels."""
        return (len(self), *self._file.shape)

    def __getitem__(self, chosen: int | slice | NDArray[Any]) -> NDArray[np.uint8]:
        """Return the chosen image, (height, width, 3), or images, (n, height, width, 3)."""
        positions = self._positions[chosen]
        images = self._file.read(np.atleast_1d(positions))
        return images[0] if np.ndim(positions) == 0 else images

    def __iter__(self) -> Iterator[Any]:
        return (self[at] for at in range(len(self)))

    def take(self, chosen: slice | NDArray[Any]) -> "StoredImages":
        """Return the chosen images without reading them."""
        return StoredImages(self._file, self._positions[chosen])


def store_images(
    images: Iterable[NDArray[np.uint8]], *, count: int, shape: tuple[int, int, int]
) -> StoredImages:
    """Return ``count`` images, each uint8 of ``shape``, after writing them to a temporary file.

    The file lies in the folder for downloads, because the usual place of temporary files is memory
    on many machines.

    Raises DataError if there is not enough room for them, and what ``images`` raises.
    """
    folder = cache_folder()
    needed = count * int(np.prod(shape))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise DataError(_no_room(needed, f"{_megabytes(free)} are free"))
        pixels = _PixelFile(folder, shape)
        for each in images:
            pixels.append(each)
    except OSError as error:
        raise DataError(_no_room(needed, error.strerror or str(error))) from error
    return StoredImages(pixels, np.arange(count))


class _PixelFile:
    """Images of one shape, one behind the other in a file."""

    def __init__(self, folder: Path, shape: tuple[int, int, int]) -> None:
        self.shape = shape
        self._file: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed with this
        self._lock = threading.Lock()
        weakref.finalize(self, self._file.close)

    def append(self, image: NDArray[np.uint8]) -> None:
        self._file.write(np.ascontiguousarray(image).data)

    def read(self, positions: NDArray[np.intp]) -> NDArray[np.uint8]:
        images = np.empty((len(positions), *self.shape), np.uint8)
        size = int(np.prod(self.shape))
        for image, at in zip(images, positions.tolist(), strict=True):
            with self._lock:
                self._file.seek(at * size)
                if self._file.readinto(image.data) != size:
                    raise DataError("Expected the stored images, got a file that was cut short.")
        return images


def _no_room(needed: int, reason: str) -> str:
    return (
        f"Expected room for {_megabytes(needed)} of pixels in {str(cache_folder())!r}, but"
        f" {reason}: make room, or set XDG_CACHE_HOME to another place."
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
