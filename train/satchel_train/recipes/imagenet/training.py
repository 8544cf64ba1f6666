"""Loads a network with ImageNet's weights and measures it on the user's images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from satchel.bundle import Card, ImageInput, Json, LabelOutput
from satchel.metrics import accuracy
from satchel_train.classification import predict
from satchel_train.data.findings import Finding
from satchel_train.data.image_files import file_sha256
from satchel_train.data.image_folder import LabelledImages, read_labelled_images
from satchel_train.data.inputs import examples
from satchel_train.data.samples import Samples, label_names as sample_names
from satchel_train.data.split import key_order
from satchel_train.errors import DataError
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.measurement import measure_classifier
from satchel_train.networks.published import find_weights, origin
from satchel_train.recipes.imagenet import ImagenetSettings
from satchel_train.recipes.imagenet.labels import (
    ImagenetLabel,
    label_ids,
    label_names,
    read_labels,
)
from satchel_train.recipes.imagenet.networks import NETWORKS, PublishedNetwork
from satchel_train.recipes.imagenet.photographs import (
    ONE_CALIBRATES_OF,
    Photograph,
    calibrates,
    find_photographs,
    photographed_labels,
    read_photographs,
)
from satchel_train.trained import Trained


@dataclass(frozen=True)
class Imagenet:
    """A published network, and the user's images to measure it on."""

    card: Card
    network: PublishedNetwork
    weights: Path
    calibration: Samples
    evaluation: Samples
    data_sha256: str
    """The SHA-256 of the weights' file, because the network was trained elsewhere."""
    provenance: Mapping[str, Json]
    findings: Sequence[Finding] = ()
    """What a user should know about the data."""

    def run(
        self,
        execution: Execution = PLAIN,  # noqa: ARG002  there is nothing to train
    ) -> Trained:
        """Measure the network on the user's images."""
        model = self.network.build(self.network.image, self.weights)
        inputs, labels = examples(self.evaluation, card=self.card)
        scores = predict(model, inputs)
        return Trained(
            card=self.card,
            model=model,
            history=None,
            calibration=self.calibration,
            evaluation=self.evaluation,
            data_sha256=self.data_sha256,
            measured={"test_accuracy": accuracy(scores, labels)},
            measurement=measure_classifier(scores, labels, names=sample_names(self.card)),
            provenance=self.provenance,
        )


def prepare(settings: ImagenetSettings) -> Imagenet:
    """Return the chosen network with the user's images of ImageNet's classes.

    Raises DataError for images or weights that are missing or unsuitable.
    """
    network = NETWORKS[settings.model]
    photographs = () if _has_folders(settings.data_dir) else find_photographs(settings.data_dir)
    weights = find_weights(network.source, settings.weights)
    # A user with a copy of the weights has the labels in the same folder.
    place = None if settings.weights is None else weights.parent
    labels = photographed_labels(photographs) or read_labels(place)
    if photographs:
        calibration, evaluation = _photographed_parts(photographs, network.image, labels)
    else:
        calibration, evaluation = _parts(settings.data_dir, network.image, labels)
    return Imagenet(
        card=Card(
            name=f"imagenet_{settings.model}",
            version="1.0.0",
            task="image-classification",
            input=network.image,
            output=_output(labels),
        ),
        network=network,
        weights=weights,
        calibration=calibration,
        evaluation=evaluation,
        data_sha256=file_sha256(weights),
        provenance=origin(network, weights),
    )


def _output(labels: tuple[ImagenetLabel, ...]) -> LabelOutput:
    """Return the labels of a card, with ids because some names occur twice."""
    names, ids = label_names(labels), label_ids(labels)
    return LabelOutput(names, ids=() if ids == names else ids)


def _has_folders(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_dir() for path in folder.glob("[!.]*"))


def _photographed_parts(
    photographs: tuple[Photograph, ...], image: ImageInput, labels: tuple[ImagenetLabel, ...]
) -> tuple[Samples, Samples]:
    """Return the photographs that calibrate, and the others, which evaluate."""
    if len(photographs) < 2:
        raise DataError(
            f"Expected at least two photographs, one to calibrate and one to evaluate, got"
            f" {photographs[0].path.name!r} alone."
        )
    samples = read_photographs(photographs, image, labels)
    chosen = calibrates(len(photographs))
    return samples.take(np.flatnonzero(chosen)), samples.take(np.flatnonzero(~chosen))


def _parts(
    folder: Path, image: ImageInput, labels: tuple[ImagenetLabel, ...]
) -> tuple[Samples, Samples]:
    """Return the images in class folders that calibrate, and those that evaluate."""
    images = read_labelled_images(folder, image)
    samples = _relabelled(images, labels)
    order = key_order(images.files)
    count = max(1, len(order) // ONE_CALIBRATES_OF)
    return samples.take(order[:count]), samples.take(order[count:])


def _relabelled(images: LabelledImages, labels: tuple[ImagenetLabel, ...]) -> Samples:
    """Return the samples, labelled by positions in ImageNet's labels instead of folders."""
    known = {name: at for at, name in enumerate(label_ids(labels))}
    known |= {label.synset: at for at, label in enumerate(labels)}
    for name in images.names:
        if name.replace("_", " ") not in known:
            raise DataError(
                f"Expected folders named by ImageNet's labels or synsets, such as tench or"
                f" n01440764; got {name!r}."
            )
    positions = np.array([known[name.replace("_", " ")] for name in images.names], np.int32)
    return Samples(images.samples.contents, positions[images.samples.labels])
