"""One's own pictures: a folder of folders, each called as what its pictures show.

The split depends on the files' names alone, so that it is the same on every machine and for every
seed, and a picture that is added later leaves most others where they were.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.card import ImageInput
from satchel_train.errors import DataError
from satchel_train.picture_files import files_sha256, picture_files, read_pictures
from satchel_train.samples import Parts, Samples

ONE_EVALUATES_OF = 5
ONE_VALIDATES_OF = 10
CALIBRATION_SAMPLES = 500
"""At most, of the validation part"""
FEWEST = 5
"""Pictures of a class: one evaluates, one validates, three are learned"""


class LabelledPictures(NamedTuple):
    """All pictures of a folder of class folders."""

    samples: Samples
    names: tuple[str, ...]
    """Of the class folders, sorted: the labels"""
    files: tuple[str, ...]
    """Path of each sample within the folder, with ``/``"""
    sha256: str


def read_picture_folder(folder: Path, image: ImageInput) -> tuple[Parts, tuple[str, ...], str]:
    """Return the split pictures at the size of ``image``, the names of the labels and one SHA-256.

    Raises DataError for a folder without class folders and for a class of too few pictures,
    InputError for a file that is no picture, with its name.
    """
    found = read_labelled_pictures(folder, image)
    counts = np.bincount(found.samples.labels, minlength=len(found.names))
    if counts.min() < FEWEST:
        raise DataError(
            f"Expected at least {FEWEST} pictures of each class, got {counts.min()}"
            f" in {str(folder / found.names[counts.argmin()])!r}."
        )
    evaluation, validation, train = _split(found)
    parts = Parts(
        train=found.samples.take(train),
        validation=found.samples.take(validation),
        calibration=found.samples.take(validation[:CALIBRATION_SAMPLES]),
        evaluation=found.samples.take(evaluation),
    )
    return parts, found.names, found.sha256


def read_labelled_pictures(folder: Path, image: ImageInput) -> LabelledPictures:
    """Return all pictures in the folders in ``folder``; it raises as ``read_picture_folder``."""
    files = {place: picture_files(place) for place in _class_folders(folder)}
    for place, paths in files.items():
        if not paths:
            raise DataError(f"Expected pictures in {str(place)!r}, got none.")
    every = [path for paths in files.values() for path in paths]
    counts = [len(paths) for paths in files.values()]
    return LabelledPictures(
        samples=Samples(
            read_pictures(every, image), np.repeat(np.arange(len(counts)), counts).astype(np.int32)
        ),
        names=tuple(place.name for place in files),
        files=tuple(path.relative_to(folder).as_posix() for path in every),
        sha256=files_sha256(every, folder=folder),
    )


def name_order(names: Sequence[str]) -> NDArray[np.intp]:
    """Return the positions of ``names`` in an order that says nothing of them, always the same."""
    digests = [hashlib.sha256(name.encode()).digest() for name in names]
    return np.array(sorted(range(len(names)), key=digests.__getitem__), np.intp)


def _class_folders(folder: Path) -> list[Path]:
    try:
        places = sorted(
            path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
        )
    except OSError as error:
        raise DataError(
            f"Expected a folder of pictures, got {str(folder)!r}: {error.strerror}."
        ) from error
    if len(places) < 2:
        raise DataError(
            f"Expected a folder for each of at least two classes in {str(folder)!r},"
            f" got {len(places)}."
        )
    return places


def _split(found: LabelledPictures) -> tuple[NDArray[np.intp], ...]:
    """Return the positions that evaluate, validate and train, of each class the same share."""
    order = name_order(found.files)
    parts: tuple[list[int], ...] = ([], [], [])
    for label in range(len(found.names)):
        members = order[found.samples.labels[order] == label]
        first = max(1, len(members) // ONE_EVALUATES_OF)
        second = first + max(1, len(members) // ONE_VALIDATES_OF)
        for part, some in zip(parts, np.split(members, [first, second]), strict=True):
            part.extend(some.tolist())
    # In one order for all classes: the calibration samples are the first of the validation part.
    rank = np.argsort(order)
    return tuple(np.array(sorted(part, key=rank.__getitem__), np.intp) for part in parts)
