"""A small residual network for small images.

Sources: He et al. 2016, Deep Residual Learning for Image Recognition; three stages with few blocks
and many channels, as Zagoruyko and Komodakis 2016, Wide Residual Networks, found best.
"""

from typing import Any

from satchel.bundle import ImageInput


def build_residual_network(
    image: ImageInput, *, stem: int, stages: tuple[int, ...], labels: int
) -> Any:
    """Return a keras.Model from images, float32 (n, height, width, channels), to (n, labels).

    Args:
        image: the input specification of the card.
        stem: the number of channels at full size.
        stages: the channels of each stage, which halves height and width and has a residual block.
        labels: the number of outputs of the softmax.

    """
    from keras import Input, Model, layers

    images = Input((image.height, image.width, image.channels), name="pictures")
    values = _convolution(images, stem, name="stem")
    for number, channels in enumerate(stages, 1):
        values = _convolution(values, channels, strides=2, name=f"stage_{number}")
        inner = _convolution(values, channels, name=f"block_{number}_1")
        inner = _convolution(inner, channels, name=f"block_{number}_2")
        values = layers.Add(name=f"sum_{number}")([values, inner])
    values = layers.GlobalAveragePooling2D(name="mean")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(images, scores)


def _convolution(values: Any, channels: int, *, name: str, strides: int = 1) -> Any:
    """Return a convolution of 3 by 3 with batch normalization and ReLU."""
    from keras import layers

    values = layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False, name=name)(
        values
    )
    values = layers.BatchNormalization(momentum=0.9, name=f"{name}_normalization")(values)
    return layers.ReLU(name=f"{name}_relu")(values)
