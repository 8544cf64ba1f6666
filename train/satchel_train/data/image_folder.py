"""Reads the user's own images: a folder of class folders, each named by its label."""

from pathlib import Path
from typing import NamedTuple, TypeGuard

import numpy as np

from satchel.bundle import ImageInput
from satchel.preprocessing import SUFFIXES
from satchel_train.data.image_files import files_sha256, image_files, read_images
from satchel_train.data.samples import Parts, Samples
from satchel_train.data.split import split
from satchel_train.errors import DataError


class LabelledImages(NamedTuple):
    """All images of a folder of class folders."""

    samples: Samples
    names: tuple[str, ...]
    """The names of the class folders, sorted. They are the labels."""
    files: tuple[str, ...]
    """The path of each sample within the folder, with ``/``."""
    sha256: str


def is_image_folder(folder: Path | None) -> TypeGuard[Path]:
    """Return whether a folder in ``folder`` holds an image."""
    return folder is not None and any(
        path.suffix.lower() in SUFFIXES for path in folder.glob("*/*") if path.is_file()
    )


def read_image_folder(folder: Path, image: ImageInput) -> tuple[Parts, tuple[str, ...], str]:
    """Return the split images at the size of ``image``, the names of the labels and one SHA-256.

    Raises DataError for a folder without class folders and for a class of too few images,
    InputError with the file's name for a file that is no image.
    """
    found = read_labelled_images(folder, image)
    parts = split(found.samples, keys=found.files, labels=found.names, source=str(folder))
    return parts, found.names, found.sha256


def read_labelled_images(folder: Path, image: ImageInput) -> LabelledImages:
    """Return all images in the class folders of ``folder``; raises as ``read_image_folder``."""
    files = {place: image_files(place) for place in _class_folders(folder)}
    for place, paths in files.items():
        if not paths:
            raise DataError(f"Expected images in {str(place)!r}, got none.")
    every = [path for paths in files.values() for path in paths]
    counts = [len(paths) for paths in files.values()]
    return LabelledImages(
        samples=Samples(
            read_images(every, image), np.repeat(np.arange(len(counts)), counts).astype(np.int32)
        ),
        names=tuple(place.name for place in files),
        files=tuple(path.relative_to(folder).as_posix() for path in every),
        sha256=files_sha256(every, folder=folder),
    )


def _class_folders(folder: Path) -> list[Path]:
    try:
        places = sorted(
            path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
        )
    except OSError as error:
        raise DataError(
            f"Expected a folder of images, got {str(folder)!r}: {error.strerror}."
        ) from error
    if len(places) < 2:
        raise DataError(
            f"Expected a folder for each of at least two classes in {str(folder)!r},"
            f" got {len(places)}."
        )
    return places
