"""Computes the features of images: the inputs of a trained classifier's last layer."""

from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput, TensorSpec, parse_card
from satchel.errors import SatchelError
from satchel.preprocessing import resize, to_tensor
from satchel_train.errors import DataError

IMAGES_AT_ONCE = 256


class Classifier(NamedTuple):
    """A classifier of images, from its model folder."""

    image: ImageInput
    model: Any
    """The trained keras.Model."""


def open_classifier(folder: Path) -> Classifier:
    """Return the classifier of images in the model folder ``folder``.

    Raises DataError for a folder that is no model folder, and for a model that is no image
    classifier.
    """
    import keras

    try:
        card = parse_card((folder / "card.json").read_bytes())
        model = keras.models.load_model(folder / "model.keras", compile=False, safe_mode=True)
    except (OSError, ValueError, SatchelError) as error:
        raise DataError(
            f"Expected the model folder of an image classifier, got {str(folder)!r}:"
            f" {str(error).partition(chr(10))[0]:.120}."
        ) from error
    if not card.output.labels or len(card.input.shape) != 3:
        raise DataError(
            f"Expected the model folder of an image classifier, got {card.task} in {str(folder)!r}."
        )
    return Classifier(cast("ImageInput", card.input), model)


def features(classifier: Classifier, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the inputs of the classifier's last layer for ``images``, float32 (n, features).

    ``images`` are uint8 (n, height, width, 3) of any size.
    """
    import keras

    model = keras.Model(classifier.model.inputs, classifier.model.layers[-1].input)
    found = []
    for start in range(0, len(images), IMAGES_AT_ONCE):
        some = np.stack(
            [
                resize(image, classifier.image.height, classifier.image.width)
                for image in images[start : start + IMAGES_AT_ONCE]
            ]
        )
        inputs = to_tensor(some, classifier.image, TensorSpec("float32"))
        found.append(model.predict_on_batch(inputs).reshape(len(some), -1))
    return np.concatenate(found)
