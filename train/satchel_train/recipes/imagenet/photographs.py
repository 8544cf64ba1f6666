"""Reads photographs of ImageNet's classes in one folder, named such as ``n01440764_tench.jpg``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel_train.data.image_files import image_files, read_images
from satchel_train.data.samples import Samples
from satchel_train.errors import DataError
from satchel_train.recipes.imagenet.labels import CLASSES, ImagenetLabel

_NAME = re.compile(r"(n\d{8})_(.+)")
ONE_CALIBRATES_OF = 5


class Photograph(NamedTuple):
    """A file whose name says what it shows."""

    path: Path
    label: ImagenetLabel


def find_photographs(folder: Path) -> tuple[Photograph, ...]:
    """Return the photographs in ``folder`` in the order of their synsets, or () without any.

    Raises DataError for a folder that cannot be read, and for an image with another kind of name
    beside photographs.
    """
    paths = image_files(folder)
    found = [(path, _NAME.fullmatch(path.stem)) for path in paths]
    strange = [path for path, name in found if name is None]
    if strange and len(strange) < len(paths):
        raise DataError(
            "Expected every image to be named by synset and label, such as n01440764_tench.jpg;"
            f" got {strange[0].name!r} in {str(folder)!r}."
        )
    return tuple(Photograph(path, ImagenetLabel(name[1], name[2])) for path, name in found if name)


def photographed_labels(photographs: tuple[Photograph, ...]) -> tuple[ImagenetLabel, ...] | None:
    """Return ImageNet's labels if ``photographs`` show all of them, and None otherwise.

    The outputs of the published networks are in the order of the synsets.
    """
    labels = sorted({photograph.label for photograph in photographs})
    synsets = {label.synset for label in labels}
    return tuple(labels) if len(labels) == len(synsets) == CLASSES else None


def read_photographs(
    photographs: tuple[Photograph, ...], image: ImageInput, labels: tuple[ImagenetLabel, ...]
) -> Samples:
    """Return the photographs at the size of ``image``, labelled by their positions in ``labels``.

    Raises DataError for a synset that is none of ``labels``, InputError with the file's name for a
    file that is no image.
    """
    positions: Mapping[str, int] = {label.synset: at for at, label in enumerate(labels)}
    for photograph in photographs:
        if photograph.label.synset not in positions:
            raise DataError(
                f"Expected a photograph of one of ImageNet's {CLASSES:,} synsets,"
                f" got {photograph.path.name!r}."
            )
    return Samples(
        read_images([photograph.path for photograph in photographs], image),
        np.array([positions[photograph.label.synset] for photograph in photographs], np.int32),
    )


def calibrates(count: int) -> NDArray[np.bool_]:
    """Return which of ``count`` photographs calibrate: the first of every five.

    With one photograph for each class, they are spread evenly over the kinds of things.
    """
    chosen: NDArray[np.bool_] = np.arange(count) % ONE_CALIBRATES_OF == 0
    return chosen
