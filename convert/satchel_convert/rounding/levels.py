"""Weights as integers with a scale for each output, or for each block of an output's inputs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CLIPS = np.linspace(0.35, 1.0, 27)
"""The ends of the range that are tried, as shares of the largest weight. At 4 bits the best share
of a channel of normally distributed weights is about 0.7 (Sakr et al. 2022, table 1)."""


class Levels(NamedTuple):
    """Rounded weights."""

    levels: NDArray[np.int8]
    """(..., outputs, inputs), from -2**(bits - 1) to 2**(bits - 1) - 1; the zero point is 0"""
    scales: NDArray[np.float32]
    """(..., outputs, blocks): each block of inputs has its own; the last block may be shorter"""
    block: int
    """The number of inputs in a block; all of them if each output has one scale"""

    @property
    def weights(self) -> NDArray[np.float32]:
        """The weights that the levels stand for, (..., outputs, inputs)."""
        return self.levels * spread(self.scales, self.block, self.levels.shape[-1])


def ends(bits: int) -> tuple[int, int]:
    """Return the lowest and the highest level of ``bits`` bits."""
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def nearest(
    weights: NDArray[np.float64], steps: NDArray[np.floating], bits: int
) -> NDArray[np.float64]:
    """Return the level next to each weight; ``steps`` are the scales in the shape of weights."""
    rounded: NDArray[np.float64] = (weights / steps).round().clip(*ends(bits))
    return rounded


def spread(scales: NDArray[np.float32], block: int, inputs: int) -> NDArray[np.float32]:
    """Return scales, (..., outputs, blocks), in the shape of weights, (..., outputs, inputs)."""
    return np.repeat(scales, block, axis=-1)[..., :inputs]


def clipped_scales(
    weights: NDArray[np.float64],
    variances: NDArray[np.float64],
    *,
    bits: int,
    block: int | None = None,
    clips: NDArray[np.float64] = CLIPS,
) -> NDArray[np.float32]:
    """Return the scales, (..., outputs, blocks), with the least error of rounding to the nearest.

    A larger range clips fewer weights and rounds the others more coarsely; the clip is the range
    that is best. The squared error of each weight, (..., outputs, inputs), counts by the variance
    of its input, (..., inputs). Source: Banner et al. 2019, Post-Training 4-bit Quantization
    (https://arxiv.org/abs/1810.05723), by search instead of a distribution.
    """
    inputs = weights.shape[-1]
    size = inputs if block is None else block
    starts = np.arange(0, inputs, size)
    largest = np.maximum.reduceat(np.abs(weights), starts, axis=-1)
    full = np.maximum(largest / ends(bits)[1], np.finfo(np.float32).tiny).astype(np.float32)
    best = full
    least = np.full(full.shape, np.inf)
    for clip in clips:
        scales = full * np.float32(clip)
        steps = spread(scales, size, inputs)
        missed = weights - nearest(weights, steps, bits) * steps
        errors = np.add.reduceat(missed**2 * variances[..., np.newaxis, :], starts, axis=-1)
        best = np.where(errors < least, scales, best)
        least = np.minimum(errors, least)
    return best
