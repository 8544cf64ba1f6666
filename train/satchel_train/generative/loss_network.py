"""The network whose features compare the content and the style of images.

Source: Gatys et al. 2016, Image Style Transfer Using Convolutional Neural Networks.
"""

from pathlib import Path
from typing import Any, NamedTuple

from satchel.bundle import ImageInput
from satchel_train.data.download import Source
from satchel_train.data.image_files import file_sha256
from satchel_train.errors import DataError
from satchel_train.generative.features import open_classifier
from satchel_train.networks.pretrained import (
    BLUE_GREEN_RED_MEANS,
    load_weights,
    take_red_first,
)
from satchel_train.networks.published import find_weights

VGG19 = Source(
    name="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
    url=(
        "https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
        "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
    ),
    digest="253f8cb515780f3b799900260a226db6",
    algorithm="md5",
    option="--weights FILE, or a classifier of yours with --loss-network DIR",
)
STYLE_LAYERS = tuple(f"block{number}_conv1" for number in range(1, 6))
CONTENT_LAYER = "block4_conv2"
LAYERS = 5
"""The most layers of a classifier that compare style, from its first convolution to its last."""


class LossNetwork(NamedTuple):
    """A network whose features compare images."""

    model: Any
    """A keras.Model from images of any size, RGB of 0 to 255, to ``style`` and ``content``:
    a list of features, each (n, height, width, channels), and one such array."""
    sha256: str
    """The SHA-256 of its file of weights, 64 hexadecimal digits."""


def open_loss_network(folder: Path | None, *, weights: Path | None) -> LossNetwork:
    """Return the classifier in the model folder ``folder``, or else VGG19.

    Raises DataError for a folder that is no suitable classifier, for ``weights`` that are not
    VGG19's, and as ``fetch`` does.
    """
    from keras import Input, Model

    images = Input((None, None, 3), name="pictures")
    if folder is None:
        path = find_weights(VGG19, weights)
        style, content = _vgg19(images, path)
    else:
        path = folder / "model.keras"
        style, content = _classifier(images, folder)
    model = Model(images, {"style": style, "content": content}, name="loss_network")
    model.trainable = False
    return LossNetwork(model, file_sha256(path))


def _vgg19(images: Any, weights: Path) -> tuple[list[Any], Any]:
    from keras import Model, applications

    network = applications.VGG19(include_top=False, weights=None, input_shape=(None, None, 3))
    load_weights(network, weights)
    take_red_first(network.get_layer("block1_conv1"))
    chosen = [network.get_layer(name).output for name in (*STYLE_LAYERS, CONTENT_LAYER)]
    image = ImageInput(
        height=1, width=1, offset=tuple(-mean for mean in reversed(BLUE_GREEN_RED_MEANS))
    )
    *style, content = Model(network.input, chosen)(_scaled(images, image))
    return style, content


def _classifier(images: Any, folder: Path) -> tuple[list[Any], Any]:
    """Return evenly chosen features of a classifier's convolutions, and the middle one of them."""
    from keras import Input, Model, models
    from keras.layers import Activation, ReLU

    classifier = open_classifier(folder)
    active = [
        layer.output
        for layer in classifier.model.layers
        if isinstance(layer, Activation | ReLU) and len(layer.output.shape) == 4
    ]
    if not active:
        raise DataError(
            f"Expected a classifier with convolutions and ReLU layers in {str(folder)!r},"
            " got one without."
        )
    step = -(-len(active) // LAYERS)
    network = Model(classifier.model.inputs[0], active[::step])
    # Convolutions accept any size, but a model accepts only the size that it was built for.
    anywhere = models.clone_model(network, input_tensors=Input((None, None, 3)))
    anywhere.set_weights(network.get_weights())
    style = anywhere(_scaled(images, classifier.image))
    return style, style[len(style) // 2]


def _scaled(images: Any, image: ImageInput) -> Any:
    from keras.layers import Rescaling

    return Rescaling(scale=image.scale, offset=image.offset)(images)
