"""Adds layers before and after a Keras model of images: raw pixels in, raw pixels out."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput, ImageOutput
from satchel.preprocessing import LUMA


class PixelKernel(NamedTuple):
    """A 1 x 1 convolution that prepares pixels, as every format of graph can have it."""

    name: str
    kernel: NDArray[np.float32]
    """(1, 1, 3, channels), or (1, 1, 3, 1) if it is depthwise"""
    bias: NDArray[np.float32]
    """(channels,)"""
    depthwise: bool


def pixel_kernel(image: ImageInput) -> PixelKernel | None:
    """Return the convolution that applies scale, offset, grey and the order of channels.

    It is None if the model reads the pixels as they are. A convolution quantizes better than a
    product and a sum: it has a scale for each channel and rounds once.
    """
    plain = image.scale == (1.0,) and image.offset == (0.0,) and image.channel_order == "rgb"
    if image.channels == 3 and plain:
        return None
    scale = np.broadcast_to(np.array(image.scale, np.float32), image.channels)
    offset = np.broadcast_to(np.array(image.offset, np.float32), image.channels)
    if image.channels == 1:
        luma = np.array(LUMA, np.float32).reshape(1, 1, 3, 1) * scale
        return PixelKernel("grey", luma, offset, False)
    if image.channel_order == "bgr":
        kernel = np.diag(scale)[:, ::-1].reshape(1, 1, 3, 3)
        return PixelKernel("blue_first", kernel, offset[::-1], False)
    return PixelKernel("normalize", scale.reshape(1, 1, 3, 1), offset, True)


def prepare_pixels(pixels: Any, image: ImageInput) -> Any:
    """Return Keras's ``pixels`` after the convolution of ``pixel_kernel``, if there is one."""
    import keras

    prepared = pixel_kernel(image)
    if prepared is None:
        return pixels
    if prepared.depthwise:
        layer = keras.layers.DepthwiseConv2D(1, name=prepared.name)
    else:
        layer = keras.layers.Conv2D(image.channels, 1, name=prepared.name)
    values = layer(pixels)
    layer.set_weights([prepared.kernel, prepared.bias])
    return values


def finish_pixels(values: Any, output: ImageOutput) -> Any:
    """Return ``values`` as pixels in three channels, by one 1 x 1 convolution.

    The convolution is added even if it changes nothing: ``put_out_pixels`` needs a last layer whose
    output may have any scale.
    """
    import keras

    scale = np.broadcast_to(np.array(output.scale, np.float32), 3)
    offset = np.broadcast_to(np.array(output.offset, np.float32), 3)
    if output.channels == 1:
        layer, kernel = keras.layers.Conv2D(3, 1, name="pixels"), scale.reshape(1, 1, 1, 3)
    else:
        layer, kernel = keras.layers.DepthwiseConv2D(1, name="pixels"), scale.reshape(1, 1, 3, 1)
    pixels = layer(values)
    layer.set_weights([kernel, offset])
    return pixels
