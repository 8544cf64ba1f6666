"""Which layers have a kernel, where its channels are, and how it is rounded to int8.

TFLite stores a scale for each output channel and levels from -127 to 127. Importing this module
imports Keras.
"""

from typing import Any

import keras
from keras import layers, ops

CHANNEL_AXES: dict[type, tuple[int, ...]] = {
    layers.Conv1D: (2,),
    layers.Conv2D: (3,),
    layers.Conv2DTranspose: (2,),
    layers.DepthwiseConv2D: (2, 3),
    layers.Dense: (1,),
}
"""A type of layer to the axes of its kernel that are its output channels."""


def channel_axes(layer: Any) -> tuple[int, ...] | None:
    """Return the axes of the output channels in the kernel of ``layer``; None without a kernel."""
    # Not isinstance: a subclass may use its kernel in another way.
    return CHANNEL_AXES.get(type(layer))


def rounded(kernel: Any, axes: tuple[int, ...]) -> Any:
    """Return ``kernel`` rounded to TFLite's int8 levels, in the same dtype and shape."""
    others = tuple(axis for axis in range(len(kernel.shape)) if axis not in axes)
    levels, per_unit = keras.quantizers.abs_max_quantize(kernel, axis=others)
    return ops.cast(levels, per_unit.dtype) / per_unit
