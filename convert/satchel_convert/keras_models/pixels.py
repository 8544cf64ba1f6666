"""Adds layers before and after a Keras model of images: raw pixels in, raw pixels out."""

from typing import Any

import numpy as np

from satchel.bundle import ImageInput, ImageOutput
from satchel.preprocessing import LUMA


def prepare_pixels(pixels: Any, image: ImageInput) -> Any:
    """Return ``pixels`` with scale, offset, grey and the order of channels applied.

    They are one 1 x 1 convolution.

    A convolution quantizes better than a product and a sum: it has a scale for each channel and
    rounds once.
    """
    import keras

    plain = image.scale == (1.0,) and image.offset == (0.0,) and image.channel_order == "rgb"
    if image.channels == 3 and plain:
        return pixels
    scale = np.broadcast_to(np.array(image.scale, np.float32), image.channels)
    offset = np.broadcast_to(np.array(image.offset, np.float32), image.channels)
    if image.channels == 1:
        layer = keras.layers.Conv2D(1, 1, name="grey")
        kernel = np.array(LUMA, np.float32).reshape(1, 1, 3, 1) * scale
    elif image.channel_order == "bgr":
        layer = keras.layers.Conv2D(3, 1, name="blue_first")
        kernel = np.diag(scale)[:, ::-1].reshape(1, 1, 3, 3)
        offset = offset[::-1]
    else:
        layer = keras.layers.DepthwiseConv2D(1, name="normalize")
        kernel = scale.reshape(1, 1, 3, 1)
    prepared = layer(pixels)
    layer.set_weights([kernel, offset])
    return prepared


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
