"""Reads images of faces: CelebA, Labeled Faces in the Wild, the user's, or CIFAR-100's people.

Sources: Liu et al. 2015, Deep Learning Face Attributes in the Wild; Huang et al. 2007, Labeled
Faces in the Wild; Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from satchel.bundle import ImageInput
from satchel.preprocessing import read_pixels
from satchel_train.data.image_files import files_sha256, image_files, read_images
from satchel_train.data.samples import Images
from satchel_train.errors import DataError
from satchel_train.recipes.cifar100.data import SIDE, SOURCE, read_cifar100

FACE_SIDE = 64
"""The height and width of faces that are read from larger images, in pixels."""
CELEBA = "img_align_celeba"
"""The name of the folder in CelebA's archive."""
LFW = "lfw_home"
"""The name of the folder in which scikit-learn keeps Labeled Faces in the Wild."""
SUPERCLASS = "people"
"""A superclass of CIFAR-100 with the classes baby, boy, girl, man and woman."""
FEWEST = 10
"""The fewest images to train on. With fewer, the generator would only make copies."""


class Faces(NamedTuple):
    """Images to learn faces from."""

    images: Images
    """The images, uint8 (n, side, side, 3)."""
    sha256: str


def read_faces(data_dir: Path | None, *, side: int | None = None) -> Faces:
    """Return the faces in ``data_dir``, or CIFAR-100's people if ``data_dir`` is None.

    The first of these that ``data_dir`` holds is used: CIFAR-100, Labeled Faces in the Wild,
    CelebA's folder, image files. ``side`` is the height and width of an image in pixels; None
    takes 32 for CIFAR-100, and 64 for the others.

    Raises DataError for a folder without any of these, for too few images, and for a ``side`` that
    CIFAR-100 does not have; InputError for a file that is no image.
    """
    faces = _read(data_dir, side)
    if len(faces.images) < FEWEST:
        raise DataError(
            f"Expected at least {FEWEST} images of faces, got {len(faces.images)}"
            f" in {str(data_dir)!r}."
        )
    return faces


def _read(data_dir: Path | None, side: int | None) -> Faces:
    if data_dir is None or (data_dir / SOURCE.name).is_file():
        if side not in (None, SIDE):
            raise DataError(
                f"Expected a folder with images of faces for {side} pixels, got CIFAR-100's people,"
                f" which have {SIDE}: name the folder (--data-dir), or leave out --size."
            )
        return _read_people(data_dir)
    image = ImageInput(height=side or FACE_SIDE, width=side or FACE_SIDE, fit="crop")
    if (data_dir / LFW).is_dir():
        return _read_lfw(data_dir, image)
    folder = data_dir / CELEBA if (data_dir / CELEBA).is_dir() else data_dir
    paths = image_files(folder)
    if not paths:
        raise DataError(
            f"Expected {CELEBA}, {LFW}, {SOURCE.name} or images of faces in {str(data_dir)!r},"
            " got none of them."
        )
    return Faces(read_images(paths, image), files_sha256(paths, folder=folder))


def _read_people(data_dir: Path | None) -> Faces:
    data = read_cifar100(data_dir)
    people = data.train_superclasses == data.superclasses.index(SUPERCLASS)
    return Faces(data.train.contents[people], data.sha256)


def _read_lfw(data_dir: Path, image: ImageInput) -> Faces:
    from sklearn.datasets import fetch_lfw_people

    try:
        # scikit-learn crops the images to the faces, 125 x 94 pixels, and halves them on request.
        found = fetch_lfw_people(
            data_home=data_dir,
            color=True,
            download_if_missing=False,
            resize=0.5 if image.height == SIDE else None,
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"Expected scikit-learn's Labeled Faces in the Wild in {str(data_dir / LFW)!r}:"
            f" {str(error).partition(chr(10))[0]:.120}."
        ) from error
    # scikit-learn gives floats from 0 to 1.
    levels = np.rint(found.images * 255).astype(np.uint8)
    images = np.concatenate([read_pixels(face, image) for face in levels])
    return Faces(images, hashlib.sha256(levels.tobytes()).hexdigest())
