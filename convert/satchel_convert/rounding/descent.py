"""Improves rounded weights: one level, or the scales, at a time, as long as the error falls."""

import numpy as np
from numpy.typing import NDArray

from satchel_convert.rounding.levels import ends

AT_ONCE = 64
"""The number of inputs whose slopes are computed together, for the sake of speed"""


def output_errors(
    missed: NDArray[np.float64], covariance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean squared error of each output, (..., outputs), that an error of weights makes.

    ``missed`` is that error, (..., outputs, inputs), and ``covariance`` that of the inputs,
    (..., inputs, inputs).
    """
    errors: NDArray[np.float64] = np.einsum("...oi,...oi->...o", missed @ covariance, missed)
    return errors


def improved_levels(
    weights: NDArray[np.float64],
    covariance: NDArray[np.float64],
    levels: NDArray[np.float64],
    steps: NDArray[np.floating],
    *,
    bits: int,
) -> NDArray[np.float64]:
    """Return ``levels`` after each input's were set to the best there is beside the others.

    The squared error of the outputs is a parabola in one level, so the best level is the one next
    to its bottom. Shapes are those of ``round_with_feedback``. No output's error grows. Source:
    Behdin et al. 2023, QuantEase (https://arxiv.org/abs/2309.01885).
    """
    levels = levels.copy()
    missed = weights - levels * steps
    inputs = weights.shape[-1]
    for start in range(0, inputs, AT_ONCE):
        end = min(start + AT_ONCE, inputs)
        slopes = missed @ covariance[..., start:end]
        for at in range(start, end):
            step = steps[..., at]
            bottom = slopes[..., at - start] / (covariance[..., at, at, np.newaxis] * step)
            best = (levels[..., at] + bottom).round().clip(*ends(bits))
            change = (levels[..., at] - best) * step
            levels[..., at] = best
            missed[..., at] += change
            slopes += change[..., np.newaxis] * covariance[..., np.newaxis, at, start:end]
    return levels


def improved_scales(
    weights: NDArray[np.float64],
    covariance: NDArray[np.float64],
    levels: NDArray[np.float64],
    scales: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the scale of each output, (..., outputs, 1), with the least error for these levels.

    It is the least-squares solution. An output for which it is not positive keeps its scale.
    """
    weighted = levels @ covariance
    shared = np.einsum("...oi,...oi->...o", weighted, weights)[..., np.newaxis]
    power = np.einsum("...oi,...oi->...o", weighted, levels)[..., np.newaxis]
    usable = (power > 0) & (shared > 0)
    return np.where(usable, shared / np.where(usable, power, 1.0), scales).astype(np.float32)
