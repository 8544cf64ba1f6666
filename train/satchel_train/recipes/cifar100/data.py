"""Reads CIFAR-100 as its authors publish it: ``cifar-100-python.tar.gz`` with pickled arrays.

Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
"""

import gzip
import io
import pickle
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.download import Source, fetch
from satchel_train.data.published_parts import PublishedData, published_parts
from satchel_train.data.samples import Samples
from satchel_train.errors import DataError

SOURCE = Source(
    name="cifar-100-python.tar.gz",
    url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    digest="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)
SIDE = 32
"""Height and width of an image, in pixels."""
CLASSES = 100
SUPERCLASSES = 20
ONE_VALIDATES_OF = 20
"""One of so many training images validates: 2,500 of the 50,000."""
CALIBRATION_SAMPLES = 500
MAX_MEMBER_BYTES = 1 << 28
"""The largest member of the archive that is read: 60 % more than the training images need."""

_HARMLESS = {
    ("_codecs", "encode"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}
"""Module and name of the only functions and classes that unpickling arrays and bytes needs."""


class Cifar100(NamedTuple):
    """The data set as it is published: 500 training and 100 test images of each class."""

    train: Samples
    """The training images, uint8 (n, 32, 32, 3), and their labels."""
    test: Samples
    names: tuple[str, ...]
    """The names of the labels."""
    train_superclasses: NDArray[np.int32]
    """The superclass of each training image, as its position in ``superclasses``, (n,)."""
    superclasses: tuple[str, ...]
    sha256: str


def read_parts(data_dir: Path | None) -> tuple[PublishedData, tuple[str, ...]]:
    """Return the split data and the names of the labels.

    Raises DataError for a file that is missing, damaged or of other content.
    """
    data = read_cifar100(data_dir)
    published = published_parts(
        data.train,
        data.test,
        one_validates_of=ONE_VALIDATES_OF,
        calibrates=CALIBRATION_SAMPLES,
        sha256=data.sha256,
    )
    return published, data.names


def read_cifar100(data_dir: Path | None) -> Cifar100:
    """Return the data set; raises as ``read_parts``."""
    file = fetch(SOURCE, data_dir=data_dir)
    try:
        members = _read_members(file.path)
        meta, train, test = members["meta"], members["train"], members["test"]
        names = _names(meta, b"fine_label_names", CLASSES)
        superclasses = _names(meta, b"coarse_label_names", SUPERCLASSES)
        return Cifar100(
            train=_samples(train),
            test=_samples(test),
            names=names,
            train_superclasses=_labels(train, b"coarse_labels", SUPERCLASSES),
            superclasses=superclasses,
            sha256=file.sha256,
        )
    except (
        AttributeError,
        EOFError,
        ImportError,
        IndexError,
        KeyError,
        MemoryError,
        OSError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
        tarfile.TarError,
        zlib.error,
    ) as error:
        raise DataError(
            f"Expected train, test and meta of CIFAR-100 in {str(file.path)!r},"
            f" got a damaged or other file: {str(error).partition(chr(10))[0]:.120}."
        ) from error


class _ArraysOnly(pickle.Unpickler):
    """Unpickles arrays, numbers, texts and containers: no other object is made, no code runs."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of it")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _read_members(path: Path) -> dict[str, Mapping[bytes, Any]]:
    members = {}
    # Read a stream: nothing is extracted to disk, so the paths of members do no harm.
    with gzip.open(path) as unzipped, tarfile.open(fileobj=unzipped, mode="r|") as archive:
        for member in archive:
            folder, _, name = member.name.removeprefix("./").partition("/")
            if folder == "cifar-100-python" and name in ("train", "test", "meta"):
                file = archive.extractfile(member) if member.isreg() else None
                if file is None or member.size > MAX_MEMBER_BYTES:
                    raise ValueError(f"{member.name} is no such file")
                content = io.BytesIO(file.read())
                members[name] = _ArraysOnly(content, encoding="bytes").load()
        # Read to the end, where gzip checks its checksum.
        while unzipped.read(1 << 20):
            pass
    return members


def _samples(half: Mapping[bytes, Any]) -> Samples:
    rows = half[b"data"]
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != 3 * SIDE * SIDE:
        raise ValueError(f"images of {rows.dtype} {rows.shape}")
    images = rows.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    labels = _labels(half, b"fine_labels", CLASSES)
    if len(labels) != len(images) or len(labels) < 2:
        raise ValueError(f"{len(images)} images and {len(labels)} labels")
    return Samples(np.ascontiguousarray(images), labels)


def _labels(half: Mapping[bytes, Any], key: bytes, count: int) -> NDArray[np.int32]:
    labels = np.array(half[key], np.int32)
    if labels.ndim != 1 or labels.min() < 0 or labels.max() >= count:
        raise ValueError(f"labels other than 0 to {count - 1}")
    return labels


def _names(meta: Mapping[bytes, Any], key: bytes, count: int) -> tuple[str, ...]:
    names = tuple(name.decode() for name in meta[key])
    if len(set(names)) != count:
        raise ValueError(f"{len(set(names))} names of labels")
    return names
