"""Chooses the layers of a model that get 8 bits where the others get 4."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from satchel_convert.rounding.descent import output_errors
from satchel_convert.rounding.rounding import round_to_nearest

WIDE_SHARE = 0.15
"""The largest share of the weights that get 8 bits. The weights then take at most 15 % more."""


def noise_share(
    weights: NDArray[np.floating], covariance: NDArray[np.float64], *, bits: int
) -> float:
    """Return the noise that rounding to the nearest level makes, as a share of the outputs' power.

    Shapes are those of ``round_weights``. The power is the variance over the calibration samples.
    """
    real = np.asarray(weights, np.float64)
    variances = np.diagonal(covariance, axis1=-2, axis2=-1)
    missed = real - round_to_nearest(real, variances, bits=bits).weights
    noise = output_errors(missed, covariance).sum()
    return float(noise / max(output_errors(real, covariance).sum(), np.finfo(np.float64).tiny))


def widest(
    noises: Sequence[float], sizes: Sequence[int], share: float = WIDE_SHARE
) -> frozenset[int]:
    """Return the positions of the layers that get 8 bits: those that lose most for their size.

    ``noises`` are the layers' noise shares at 4 bits, and ``sizes`` their numbers of weights. The
    chosen layers have at most ``share`` of all weights.
    """
    budget = share * sum(sizes)
    chosen = set()
    for at in np.argsort(-np.divide(noises, sizes), kind="stable"):
        if sizes[at] <= budget:
            budget -= sizes[at]
            chosen.add(int(at))
    return frozenset(chosen)
