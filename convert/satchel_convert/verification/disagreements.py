"""Single samples that a model answers differently than the float model does."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.verification.sample_statistics import LabelStatistics

MOST = 12
"""Of each model, that are kept one by one"""


class TopLabel(NamedTuple):
    """What a model finds most probable."""

    label: str
    probability: float


class Disagreement(NamedTuple):
    """A sample whose top label is another than the float model's."""

    sample: int
    """Its number among the evaluation samples, from 0"""
    truth: str
    expected: TopLabel
    """The float model's"""
    found: TopLabel
    """The model's"""
    lost: float
    """By how much the model finds the float model's label less probable than that does"""


def worst_disagreements(
    found: LabelStatistics,
    reference: LabelStatistics,
    truth: NDArray[np.int64],
    labels: Sequence[str],
) -> list[Disagreement]:
    """Return at most MOST samples with another top label than the reference's, worst first.

    The worst is the one on whose label, the reference's, the model gave up the most probability.
    ``truth`` is the index of each sample's right label, (samples,).
    """
    lost = reference.confidence - found.kept
    differing = np.flatnonzero(found.top != reference.top)
    # Stable, so that of equals the first comes first.
    worst = differing[np.argsort(-lost[differing], kind="stable")][:MOST]
    return [
        Disagreement(
            int(at),
            labels[truth[at]],
            TopLabel(labels[reference.top[at]], round(float(reference.confidence[at]), 4)),
            TopLabel(labels[found.top[at]], round(float(found.confidence[at]), 4)),
            round(float(lost[at]), 4),
        )
        for at in worst
    ]
