"""Reads MNIST as Keras publishes it, ``mnist.npz``: grey images of 28 by 28 pixels.

Source: LeCun, Cortes and Burges 1998, http://yann.lecun.com/exdb/mnist; CC BY-SA 3.0.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.download import Source, fetch
from satchel_train.data.published_parts import PublishedData, published_parts
from satchel_train.data.samples import Samples
from satchel_train.errors import DataError

SOURCE = Source(
    name="mnist.npz",
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    digest="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
)
SIDE = 28
"""Height and width of an image, in pixels."""
ONE_VALIDATES_OF = 12
"""One of so many training images validates: 5,000 of the 60,000."""
CALIBRATION_SAMPLES = 500


def read_parts(data_dir: Path | None) -> PublishedData:
    """Return the split data, images uint8 (n, 28, 28), and the file's SHA-256.

    Raises DataError for a file that is missing, damaged or of other content.
    """
    file = fetch(SOURCE, data_dir=data_dir)
    train, test = _read(file.path)
    return published_parts(
        train,
        test,
        one_validates_of=ONE_VALIDATES_OF,
        calibrates=CALIBRATION_SAMPLES,
        sha256=file.sha256,
    )


def _read(path: Path) -> tuple[Samples, Samples]:
    try:
        # Without pickle, because an array of objects could run code. Open the file here, because
        # np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            train = _checked(arrays["x_train"], arrays["y_train"])
            return train, _checked(arrays["x_test"], arrays["y_test"])
    except (
        AttributeError,
        EOFError,
        KeyError,
        MemoryError,
        OSError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DataError(
            f"Expected the arrays x_train, y_train, x_test and y_test in {str(path)!r},"
            f" got a damaged or other file: {str(error).splitlines()[0]:.120}."
        ) from error


def _checked(images: NDArray[np.uint8], digits: NDArray[np.uint8]) -> Samples:
    shaped = images.dtype == np.uint8 and images.shape[1:] == (SIDE, SIDE)
    if not shaped or len(images) < 2 or digits.shape != images.shape[:1]:
        raise ValueError(f"images of {images.dtype} {images.shape}, digits {digits.shape}")
    if digits.dtype.kind not in "iu" or digits.min() < 0 or digits.max() > 9:
        raise ValueError("labels other than the digits 0 to 9")
    return Samples(images, digits.astype(np.int32))
