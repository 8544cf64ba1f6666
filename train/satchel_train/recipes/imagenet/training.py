"""Loads ResNet50 with ImageNet's weights and measures it on the user's images."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from satchel.bundle import Card, ImageInput, LabelOutput
from satchel.metrics import accuracy
from satchel_train.classification import predict
from satchel_train.data.download import Source
from satchel_train.data.image_files import file_sha256
from satchel_train.data.image_folder import LabelledImages, read_labelled_images
from satchel_train.data.inputs import examples
from satchel_train.data.samples import Samples
from satchel_train.data.split import key_order
from satchel_train.errors import DataError
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.networks.pretrained import PRETRAINED, find_weights, load_weights, take_red_first
from satchel_train.recipes.imagenet import ImagenetSettings
from satchel_train.recipes.imagenet.labels import ImagenetLabel, read_labels, unique_names
from satchel_train.trained import Trained

SOURCE = Source(
    name="resnet50_weights_tf_dim_ordering_tf_kernels.h5",
    url=(
        "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
        "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
    ),
    digest="2cb95161c43110f7111970584f804107",
    algorithm="md5",
)
ONE_CALIBRATES_OF = 5


@dataclass(frozen=True)
class Imagenet:
    """ResNet50, and the user's images to measure it on."""

    card: Card
    weights: Path
    calibration: Samples
    evaluation: Samples
    data_sha256: str
    """The SHA-256 of the weights' file, because the network was trained elsewhere."""

    def run(
        self,
        execution: Execution = PLAIN,  # noqa: ARG002  there is nothing to train
    ) -> Trained:
        """Measure the network on the user's images."""
        model = build_resnet50(PRETRAINED["resnet50"].image, self.weights)
        inputs, labels = examples(self.evaluation, card=self.card)
        return Trained(
            card=self.card,
            model=model,
            history=None,
            calibration=self.calibration,
            evaluation=self.evaluation,
            data_sha256=self.data_sha256,
            measured={"test_accuracy": accuracy(predict(model, inputs), labels)},
        )


def prepare(settings: ImagenetSettings) -> Imagenet:
    """Return ResNet50 with the user's images, in folders named by ImageNet's labels.

    Raises DataError for images or weights that are missing or unsuitable.
    """
    weights = find_weights(SOURCE, settings.weights)
    # A user with a copy of the weights has the labels in the same folder.
    labels = read_labels(None if settings.weights is None else weights.parent)
    card = Card(
        name="imagenet_resnet50",
        version="1.0.0",
        task="image-classification",
        input=PRETRAINED["resnet50"].image,
        output=LabelOutput(unique_names(labels)),
    )
    images = read_labelled_images(settings.data_dir, PRETRAINED["resnet50"].image)
    samples = _relabelled(images, labels)
    order = key_order(images.files)
    count = max(1, len(order) // ONE_CALIBRATES_OF)
    return Imagenet(
        card=card,
        weights=weights,
        calibration=samples.take(order[:count]),
        evaluation=samples.take(order[count:]),
        data_sha256=file_sha256(weights),
    )


def build_resnet50(image: ImageInput, weights: Path) -> Any:
    """Return a keras.Model with ``weights``, from images as in the card to scores (n, 1000)."""
    from keras.applications import ResNet50

    model = ResNet50(weights=None, input_shape=(image.height, image.width, 3))
    load_weights(model, weights)
    take_red_first(model.get_layer(PRETRAINED["resnet50"].first_convolution))
    return model


def _relabelled(images: LabelledImages, labels: tuple[ImagenetLabel, ...]) -> Samples:
    """Return the samples, labelled by positions in ImageNet's labels instead of folders."""
    known = {name: at for at, name in enumerate(unique_names(labels))}
    known |= {label.synset: at for at, label in enumerate(labels)}
    for name in images.names:
        if name.replace("_", " ") not in known:
            raise DataError(
                f"Expected folders named by ImageNet's labels or synsets, such as tench or"
                f" n01440764; got {name!r}."
            )
    positions = np.array([known[name.replace("_", " ")] for name in images.names], np.int32)
    return Samples(images.samples.contents, positions[images.samples.labels])
