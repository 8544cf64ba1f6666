"""Counts the samples on which exactly one of two models is right."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Pairs(NamedTuple):
    """The counts of samples on which two models are right or wrong."""

    samples: int
    lost: int
    """The number of samples on which the first model is right and the second one wrong"""
    gained: int
    """The number of samples on which the first model is wrong and the second one right"""

    @property
    def drop(self) -> float:
        """The lost accuracy, -1 to 1; a gain is negative."""
        return (self.lost - self.gained) / self.samples


def count_pairs(reference: NDArray[np.bool_], model: NDArray[np.bool_]) -> Pairs:
    """Return the counts for two models.

    ``reference`` and ``model`` say for each sample whether the model is right, (samples,).
    """
    return Pairs(
        len(reference),
        int(np.count_nonzero(reference & ~model)),
        int(np.count_nonzero(~reference & model)),
    )
