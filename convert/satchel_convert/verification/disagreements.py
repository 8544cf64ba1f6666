"""Finds single samples on which a model and the float model disagree."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import LabelOutput
from satchel_convert.verification.answers import name
from satchel_convert.verification.sample_statistics import LabelStatistics

MOST = 12
"""The largest number of disagreements that are kept for each model"""


class TopLabel(NamedTuple):
    """The label that a model finds most probable."""

    label: str
    probability: float


class Disagreement(NamedTuple):
    """A sample for which a model has another top label than the float model."""

    sample: int
    """The number of the sample among the evaluation samples, from 0"""
    truth: str
    expected: TopLabel
    """The top label of the float model"""
    found: TopLabel
    """The top label of the model"""
    lost: float
    """The loss in the probability of the float model's label: its probability in the float model
    minus that in the model"""


def worst_disagreements(
    found: LabelStatistics,
    reference: LabelStatistics,
    truth: NDArray[Any],
    output: LabelOutput,
) -> list[Disagreement]:
    """Return at most MOST samples with another top label than the reference's, worst first.

    The worst sample is the one on which the reference's label lost the most probability. ``truth``
    is each sample's true answer, (samples,).
    """
    lost = reference.confidence - found.kept
    differing = np.flatnonzero(found.top != reference.top)
    # A stable sort keeps equal samples in their order.
    worst = differing[np.argsort(-lost[differing], kind="stable")][:MOST]
    return [
        Disagreement(
            int(at),
            name(truth[at], output),
            TopLabel(name(reference.top[at], output), round(float(reference.confidence[at]), 4)),
            TopLabel(name(found.top[at], output), round(float(found.confidence[at]), 4)),
            round(float(lost[at]), 4),
        )
        for at in worst
    ]
