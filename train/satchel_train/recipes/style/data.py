"""Reads the images on which a network learns to repaint."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from satchel.bundle import ImageInput
from satchel.preprocessing import resize
from satchel_train.data.image_files import files_sha256, image_files, read_images
from satchel_train.data.samples import Images, take
from satchel_train.errors import DataError
from satchel_train.recipes.cifar100.data import SOURCE, read_cifar100

FEWEST = 10
"""The fewest images in a folder of the user's."""
HELD_OUT = 50
"""The images of the calibration and of the evaluation part each; at most a fifth of all."""
MOST_SMALL = 5000
"""The most images of CIFAR-100 that are used: all of them, enlarged, would need gigabytes."""
SPLIT_SEED = 0


class Contents(NamedTuple):
    """Images in three parts, each uint8 (n, side, side, 3)."""

    train: Images
    calibration: Images
    evaluation: Images
    sha256: str


def read_contents(data_dir: Path | None, image: ImageInput) -> Contents:
    """Return the images in ``data_dir``, or else CIFAR-100's, at the size of ``image``.

    Raises DataError for a folder with too few images, InputError with the file's name for a file
    that is no image.
    """
    if data_dir is None or (data_dir / SOURCE.name).is_file():
        data = read_cifar100(data_dir)
        small = data.train.contents[:MOST_SMALL]
        images = np.stack([resize(each, image.height, image.width) for each in small])
        return _split(images, data.sha256)
    paths = image_files(data_dir)
    if len(paths) < FEWEST:
        raise DataError(
            f"Expected {SOURCE.name} or at least {FEWEST} images in {str(data_dir)!r},"
            f" got {len(paths)}."
        )
    return _split(read_images(paths, image), files_sha256(paths, folder=data_dir))


def _split(images: Images, sha256: str) -> Contents:
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    count = min(HELD_OUT, len(order) // 5)
    calibration, evaluation, train = np.split(order, [count, 2 * count])
    return Contents(
        take(images, train), take(images, calibration), take(images, evaluation), sha256
    )
