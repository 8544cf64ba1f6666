"""Images, texts and seeds, and the four parts that a labelled data set is split into."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Samples(NamedTuple):
    """Images or texts as a user would give them, each with its label."""

    contents: NDArray[Any]
    """uint8 (n, height, width) or (n, height, width, 3), or texts: str objects, (n,)"""
    labels: NDArray[np.int32]
    """Positions in the card's labels, (n,)"""

    def take(self, positions: NDArray[np.intp]) -> "Samples":
        """Return the samples at ``positions``, in that order."""
        return Samples(self.contents[positions], self.labels[positions])


class Unlabelled(NamedTuple):
    """Images, or the seeds of a generator, of which there is no right label."""

    contents: NDArray[Any]
    """uint8 (n, height, width, 3), or seeds, int64 (n,)"""


class Parts(NamedTuple):
    """A data set, split once and for all: the split does not depend on the user's seed."""

    train: Samples
    validation: Samples
    """Chooses when to stop"""
    calibration: Samples
    """Some of the validation part; sets the ranges of int8 models"""
    evaluation: Samples
    """Seen by nothing before the one measurement at the end"""


def text_samples(texts: list[str], labels: list[int]) -> Samples:
    """Return the samples of ``texts`` and their ``labels``, in the same order."""
    return Samples(np.array(texts, dtype=object), np.array(labels, np.int32))
