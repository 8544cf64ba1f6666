"""Images, texts and seeds, and the four parts that a labelled data set is split into."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel_train.data.image_store import StoredImages

Images: TypeAlias = NDArray[np.uint8] | StoredImages
"""Images, uint8 (n, height, width) or (n, height, width, 3): a small data set is an array, and
images of files are read when they are asked for."""


class Samples(NamedTuple):
    """Images or texts before preprocessing, each with its label."""

    contents: NDArray[Any] | StoredImages
    """Images, uint8 (n, height, width) or (n, height, width, 3), or texts, str objects (n,)."""
    labels: NDArray[np.int32]
    """The positions of the right labels in the card's labels, (n,)."""

    def take(self, positions: slice | NDArray[np.intp]) -> "Samples":
        """Return the samples at ``positions``, in that order. Images of files are not read."""
        return Samples(take(self.contents, positions), self.labels[positions])


class Unlabelled(NamedTuple):
    """Images or the seeds of a generator, which have no labels."""

    contents: NDArray[Any] | StoredImages
    """Images, uint8 (n, height, width, 3), or seeds, int64 (n,)."""


class Parts(NamedTuple):
    """The four parts of a data set. The split does not depend on the user's seed."""

    train: Samples
    validation: Samples
    """The samples that decide when the training stops."""
    calibration: Samples
    """Some samples of the validation part. They set the ranges of int8 models."""
    evaluation: Samples
    """The samples for the one measurement at the end. Nothing uses them before."""


def take(
    contents: NDArray[Any] | StoredImages, positions: slice | NDArray[np.intp]
) -> NDArray[Any] | StoredImages:
    """Return the ``contents`` at ``positions``, in that order. Images of files are not read."""
    if isinstance(contents, StoredImages):
        return contents.take(positions)
    chosen: NDArray[Any] = contents[positions]
    return chosen


def text_samples(texts: list[str], labels: list[int]) -> Samples:
    """Return the samples of ``texts`` and their ``labels``, in the same order."""
    return Samples(np.array(texts, dtype=object), np.array(labels, np.int32))


def label_names(card: Card) -> Sequence[str]:
    """Return a name for each label of ``card``, each once: a label that repeats has an id."""
    names: Sequence[str] = getattr(card.output, "ids", ()) or card.output.labels
    return names
