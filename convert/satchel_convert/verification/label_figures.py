"""Counts for each label of a multi-label model how often two models choose it, and rightly."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import LabelOutput
from satchel_convert.statistics import Pairs, count_pairs
from satchel_convert.verification.answers import chosen_labels


class Choices(NamedTuple):
    """How often one model chooses one label."""

    samples: int
    """The number of samples that have the label"""
    chosen: int
    """The number of samples for which the model chooses it"""
    right: int
    """The number of samples that have it and for which it is chosen"""

    @property
    def precision(self) -> float | None:
        """The share of the choices that are right, 0 to 1; None if there are no choices."""
        return self.right / self.chosen if self.chosen else None

    @property
    def recall(self) -> float | None:
        """The share of the label's samples that are found, 0 to 1; None if there are none."""
        return self.right / self.samples if self.samples else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall, 0 to 1; None without samples and choices."""
        both = self.chosen + self.samples
        return 2 * self.right / both if both else None


class LabelFigures(NamedTuple):
    """How a model and a reference do on one label."""

    label: str
    reference: Choices
    found: Choices
    pairs: Pairs
    """All samples: a model is right if it chooses a label that a sample has, and no other"""


def label_figures(
    found: NDArray[Any], reference: NDArray[Any], truth: NDArray[Any], output: LabelOutput
) -> list[LabelFigures]:
    """Return the figures of each label of ``output``, in its order.

    ``found`` and ``reference`` are the answers of both models and ``truth`` the true ones: the
    numbers of sets of labels, (samples,), as ``verification.answers`` gives them.
    """
    names = output.name_of_each
    now, before, true = (chosen_labels(each, len(names)) for each in (found, reference, truth))
    return [
        LabelFigures(
            label,
            _choices(before[:, at], true[:, at]),
            _choices(now[:, at], true[:, at]),
            count_pairs(before[:, at] == true[:, at], now[:, at] == true[:, at]),
        )
        for at, label in enumerate(names)
    ]


def _choices(chosen: NDArray[np.bool_], true: NDArray[np.bool_]) -> Choices:
    return Choices(*(int(np.count_nonzero(each)) for each in (true, chosen, chosen & true)))
