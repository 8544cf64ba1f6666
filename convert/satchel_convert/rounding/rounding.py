"""Rounds a layer's weights for the least error of its outputs."""

import numpy as np
from numpy.typing import NDArray

from satchel_convert.rounding.descent import improved_levels, improved_scales, output_errors
from satchel_convert.rounding.feedback import round_with_feedback
from satchel_convert.rounding.levels import Levels, clipped_scales, nearest, spread
from satchel_convert.rounding.moments import damped

ROUNDS = 3
"""The number of times that scales and levels are improved in turn"""


def round_weights(
    weights: NDArray[np.floating],
    covariance: NDArray[np.float64],
    *,
    bits: int,
    block: int | None = None,
    rounds: int = ROUNDS,
) -> Levels:
    """Return weights, (..., outputs, inputs), as levels of ``bits`` bits.

    ``covariance``, (..., inputs, inputs), is that of the layer's inputs over the calibration
    samples (``Moments.covariance``). Each output has a scale of its own, or one for each ``block``
    of inputs. The steps are clips of least squared error (``clipped_scales``), feedback of the
    error to later inputs (``round_with_feedback``), and descent (``improved_levels``).

    The error of no output is larger than that of ``round_to_nearest``, up to rounding.
    """
    real = np.asarray(weights, np.float64)
    seen = damped(covariance)
    variances = np.diagonal(seen, axis1=-2, axis2=-1)
    size = real.shape[-1] if block is None else block
    scales = clipped_scales(real, variances, bits=bits, block=block)
    steps = spread(scales, size, real.shape[-1])
    plain = nearest(real, steps, bits)
    levels = round_with_feedback(real, seen, steps, bits=bits)
    worse = output_errors(real - levels * steps, seen) > output_errors(real - plain * steps, seen)
    levels = np.where(worse[..., np.newaxis], plain, levels)
    for _ in range(rounds):
        if block is None:
            scales = improved_scales(real, seen, levels, scales)
            steps = spread(scales, size, real.shape[-1])
        levels = improved_levels(real, seen, levels, steps, bits=bits)
    return Levels(levels.astype(np.int8), scales, size)


def round_to_nearest(
    weights: NDArray[np.floating],
    variances: NDArray[np.float64] | None = None,
    *,
    bits: int,
    block: int | None = None,
) -> Levels:
    """Return weights, (..., outputs, inputs), each as the level next to it, with clipped scales.

    For weights whose inputs were not seen, such as an embedding's. ``variances`` of the inputs,
    (..., inputs), are 1 by default.
    """
    real = np.asarray(weights, np.float64)
    if variances is None:
        variances = np.ones((*real.shape[:-2], real.shape[-1]))
    size = real.shape[-1] if block is None else block
    scales = clipped_scales(real, variances, bits=bits, block=block)
    levels = nearest(real, spread(scales, size, real.shape[-1]), bits)
    return Levels(levels.astype(np.int8), scales, size)
