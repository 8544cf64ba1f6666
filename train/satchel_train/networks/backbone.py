"""Networks that turn an image into features, on which a new last layer is trained.

A backbone is a published network, a model folder of this project, or any Keras file. The last layer
of a classifier is cut off. Keras refuses files with code of others, such as Lambda layers.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from satchel.bundle import ImageInput, Json, parse_card
from satchel.errors import SatchelError
from satchel_train.data.image_files import file_sha256
from satchel_train.errors import DataError, SettingsError
from satchel_train.networks.keras_file import leaves, load_keras_file
from satchel_train.networks.pretrained import PRETRAINED
from satchel_train.networks.published import RANDOM, SIDE, find_weights, origin

IMAGE_RANK = 4
FEATURES_RANK = 2
CHANNELS = (1, 3)
LONGEST_NAME = 40
"""Characters of a backbone's name. A card's own name has up to 64."""
SCORING = ("softmax", "sigmoid")
"""The activations of a classifier's last layer."""


class Backbone(NamedTuple):
    """A network from images to features, and what its images must be like."""

    name: str
    """A name for the card of a model with this backbone."""
    image: ImageInput
    build: Callable[[], Any]
    """Returns a new keras.Model with the backbone's weights, from images to features (n, m)."""
    provenance: Mapping[str, Json]
    """Fields for the card: what the backbone is, and where it is from."""


def published_backbone(name: str, *, weights: Path | None) -> Backbone:
    """Return the network ``name`` of PRETRAINED with ``weights``, as ``find_weights`` finds them.

    Raises DataError as ``find_weights`` does.
    """
    network = PRETRAINED[name]
    path = None if weights == RANDOM else find_weights(network.source, weights)
    known = {} if path is None else origin(network, path)
    return Backbone(
        name, network.image, lambda: network.build(network.image, path), {"model": name, **known}
    )


def open_backbone(
    path: Path, *, mean: tuple[float, ...] | None = None, std: tuple[float, ...] | None = None
) -> Backbone:
    """Return the network in ``path``, a model folder or a Keras file, without its last layer.

    The card of a model folder says how its images are prepared. For a file, a Rescaling or
    Normalization layer in front says it, or else ``mean`` and ``std``: levels of 0 to 255 become
    (level - mean) / std.

    Raises DataError for anything but a network of images, SettingsError if the preparation of the
    images is unknown, or stated twice.
    """
    stated = mean is not None or std is not None
    if path.is_dir():
        if stated:
            raise SettingsError(
                f"Expected no mean and no std for {str(path)!r}: its card states both."
            )
        file, image = path / "model.keras", _image_of_card(path)
        _cut(load_keras_file(file), file)
    else:
        file = path
        model = load_keras_file(file)
        _cut(model, file)
        image = _image_of_file(model, file, mean=mean, std=std)
    return Backbone(
        name=re.sub(r"[^A-Za-z0-9_.-]", "_", path.resolve().stem)[:LONGEST_NAME],
        image=image,
        build=lambda: _cut(load_keras_file(file), file),
        provenance={"backbone": path.name, "backbone_sha256": file_sha256(file)},
    )


def _cut(model: Any, file: Path) -> Any:
    """Return ``model`` up to its features, (n, m): without the layer that scores labels."""
    from keras import Model, layers

    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise _unsuitable(file, f"{len(model.inputs)} inputs and {len(model.outputs)} outputs")
    shape = model.inputs[0].shape
    if len(shape) != IMAGE_RANK or shape[-1] not in CHANNELS:
        raise _unsuitable(file, f"an input of {shape}")
    features = _features(model, file)
    if len(features.shape) == IMAGE_RANK:
        features = layers.GlobalAveragePooling2D(name="mean_of_features")(features)
    if len(features.shape) != FEATURES_RANK or features.shape[-1] is None:
        raise _unsuitable(file, f"features of {features.shape}")
    return Model(model.inputs[0], features, name=model.name)


def _features(model: Any, file: Path) -> Any:
    """Return the tensor of features: the input of the last layer if that one scores labels."""
    from keras import layers

    *before, last = model.layers
    if hasattr(last, "layers"):
        raise _unsuitable(file, f"a model, {last.name!r}, as its last layer: save that one alone")
    if isinstance(last, layers.Softmax | layers.Activation) and _scores(last) and before:
        last = before[-1]
        if not isinstance(last, layers.Dense):
            raise _unsuitable(file, f"{type(last).__name__} before its last activation")
        return last.input
    if isinstance(last, layers.Dense) and _scores(last):
        return last.input
    return model.outputs[0]


def _scores(layer: Any) -> bool:
    from keras import layers

    return isinstance(layer, layers.Softmax) or getattr(layer.activation, "__name__", "") in SCORING


def _image_of_card(folder: Path) -> ImageInput:
    try:
        card = parse_card((folder / "card.json").read_bytes())
    except (OSError, SatchelError) as error:
        raise DataError(
            f"Expected a model folder with a card, got {str(folder)!r}:"
            f" {str(error).partition(chr(10))[0]:.120}."
        ) from error
    if len(card.input.shape) != IMAGE_RANK - 1:
        raise DataError(
            f"Expected a network of images as backbone, got {card.task} in {str(folder)!r}."
        )
    return cast("ImageInput", card.input)


def _image_of_file(
    model: Any, file: Path, *, mean: tuple[float, ...] | None, std: tuple[float, ...] | None
) -> ImageInput:
    prepared = _prepares_itself(model)
    if mean is None and std is None and not prepared:
        raise SettingsError(
            f"Expected mean and std of the images that {file.name} was trained on, such as"
            " --mean 127.5 --std 127.5: it begins without Rescaling and Normalization."
        )
    if prepared and not (mean is None and std is None):
        raise SettingsError(
            f"Expected no mean and no std for {file.name}: it begins with Rescaling or"
            " Normalization, which takes levels of 0 to 255."
        )
    _, height, width, channels = model.inputs[0].shape
    means, deviations = mean or (0.0,), std or (1.0,)
    count = max(len(means), len(deviations))
    means, deviations = (each * count if len(each) == 1 else each for each in (means, deviations))
    if count > channels:
        raise SettingsError(f"Expected one mean and one std for grey images, got {count}.")
    return ImageInput(
        height=height or SIDE,
        width=width or SIDE,
        channels=channels,
        fit="crop",
        scale=tuple(1 / deviation for deviation in deviations),
        offset=tuple(-each / deviation for each, deviation in zip(means, deviations, strict=True)),
    )


def _prepares_itself(model: Any) -> bool:
    """Return whether ``model`` rescales or normalizes images before its first trained kernel."""
    from keras import layers

    for layer in leaves(model):
        if isinstance(layer, layers.Rescaling | layers.Normalization):
            return True
        if hasattr(layer, "kernel"):
            return False
    return False


def _unsuitable(file: Path, got: str) -> DataError:
    return DataError(
        "Expected a network with one input of images, (n, height, width, 1 or 3), and one output"
        f" of scores or features in {str(file)!r}, got {got}."
    )
