"""A small network of depthwise-separable convolutions, normalized after its activations.

It needs a fraction of the additions of full convolutions, but is hard to round to int8. The outputs
of two filters may differ widely in size, because the normalization after them corrects that, but
all filters of a layer share one scale.

Sources: Howard et al. 2017, MobileNets; Mishkin et al. 2017, Systematic Evaluation of Convolution
Neural Network Advances on the ImageNet, which found normalization after the activation better.
"""

from typing import Any

from satchel.bundle import ImageInput


def build_separable_network(
    image: ImageInput, *, stem: int, stages: tuple[tuple[int, ...], ...], labels: int
) -> Any:
    """Return a keras.Model from images, float32 (n, height, width, channels), to (n, labels).

    Args:
        image: the input specification of the card.
        stem: the number of channels at half the size.
        stages: the channels of each separable convolution of each stage. All stages but the first
            begin by halving height and width.
        labels: the number of outputs of the softmax.

    """
    from keras import Input, Model, layers

    images = Input((image.height, image.width, image.channels), name="pictures")
    values = _normalized(layers.Conv2D(stem, 3, strides=2, padding="same", name="stem"), images)
    for number, channels in enumerate(stages, 1):
        for place, count in enumerate(channels, 1):
            strides = 2 if number > 1 and place == 1 else 1
            values = _separable(values, count, strides=strides, name=f"stage_{number}_{place}")
    values = layers.GlobalAveragePooling2D(name="mean")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(images, scores)


def _separable(values: Any, channels: int, *, strides: int, name: str) -> Any:
    """Return a filter of 3 by 3 for each channel, followed by a mixture of the channels."""
    from keras import layers

    depthwise = layers.DepthwiseConv2D(3, strides=strides, padding="same", name=f"{name}_depthwise")
    pointwise = layers.Conv2D(channels, 1, name=f"{name}_pointwise")
    return _normalized(pointwise, _normalized(depthwise, values))


def _normalized(convolution: Any, values: Any) -> Any:
    """Return ``convolution`` of ``values``, followed by ReLU and batch normalization."""
    from keras import layers

    name = convolution.name
    values = layers.ReLU(name=f"{name}_relu")(convolution(values))
    return layers.BatchNormalization(momentum=0.9, name=f"{name}_normalization")(values)
