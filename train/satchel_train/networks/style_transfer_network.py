"""A network that repaints an image in one pass.

Sources: Johnson et al. 2016, Perceptual Losses for Real-Time Style Transfer; Ulyanov et al. 2016,
Instance Normalization; Odena et al. 2016, Deconvolution and Checkerboard Artifacts.
"""

from typing import Any


def build_style_transfer_network(*, side: int, channels: tuple[int, int, int], blocks: int) -> Any:
    """Return a keras.Model from images to images, float32 (n, side, side, 3) from -1 to 1.

    Args:
        side: height and width in pixels, a multiple of 4.
        channels: the channels at full size, at half and at a quarter of it.
        blocks: the number of residual blocks, at a quarter of the size.

    """
    from keras import Input, Model, layers

    full, half, quarter = channels
    images = Input((side, side, 3), name="pictures")
    values = _convolution(images, full, size=9, name="stem")
    values = _convolution(values, half, strides=2, name="halved")
    values = _convolution(values, quarter, strides=2, name="quartered")
    for number in range(1, blocks + 1):
        inner = _convolution(values, quarter, name=f"block_{number}_1")
        inner = _convolution(inner, quarter, name=f"block_{number}_2")
        values = layers.Add(name=f"sum_{number}")([values, inner])
    for name, count in (("doubled", half), ("restored", full)):
        values = layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_size")(values)
        values = _convolution(values, count, name=name)
    painted = layers.Conv2D(
        3, 9, padding="same", activation="tanh", dtype="float32", name="painted"
    )(values)
    return Model(images, painted)


def _convolution(values: Any, channels: int, *, name: str, size: int = 3, strides: int = 1) -> Any:
    """Return a convolution with instance normalization and ReLU."""
    from keras import layers

    values = layers.Conv2D(
        channels, size, strides=strides, padding="same", use_bias=False, name=name
    )(values)
    values = layers.GroupNormalization(groups=-1, name=f"{name}_normalization")(values)
    return layers.ReLU(name=f"{name}_relu")(values)
