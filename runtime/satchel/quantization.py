"""Turns real numbers into 8-bit integers, and back.

``real = (level - zero_point) * scale``, as in Jacob et al., "Quantization and Training of Neural
Networks for Efficient Integer-Arithmetic-Only Inference", 2018 (https://arxiv.org/abs/1712.05877).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Level = TypeVar("Level", np.uint8, np.int8)


def quantize(
    values: NDArray[np.float32], *, scale: float, zero_point: int, dtype: type[Level]
) -> NDArray[Level]:
    """Return ``values / scale + zero_point`` rounded and clipped to the range of ``dtype``.

    Ties round away from zero, as in TFLite's reference kernels.

    >>> quantize(np.float32([0.0, 0.5, 1e9]), scale=0.5, zero_point=-1, dtype=np.int8)
    array([ -1,   0, 127], dtype=int8)
    """
    # Widen first: in float32, adding a half to a number just below a half gives 1.
    steps = (values / np.float32(scale)).astype(np.float64)
    rounded = np.trunc(steps + np.copysign(0.5, steps)) + zero_point
    limits = np.iinfo(dtype)
    levels: NDArray[Level] = rounded.clip(limits.min, limits.max).astype(dtype)
    return levels


def dequantize(
    levels: NDArray[np.uint8] | NDArray[np.int8], *, scale: float, zero_point: int
) -> NDArray[np.float32]:
    """Undo ``quantize``, to within half of ``scale`` if nothing was clipped. Return float32.

    >>> dequantize(np.array([-1, 0], np.int8), scale=0.5, zero_point=-1)
    array([0. , 0.5], dtype=float32)
    """
    # Widen first: 8-bit arithmetic would wrap around.
    return (levels.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
