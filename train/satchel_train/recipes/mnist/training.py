"""Trains a perceptron, or a small network of separable convolutions, on MNIST."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from satchel.bundle import Card, ImageInput, LabelOutput
from satchel_train.classification import Classification
from satchel_train.data.augmentation import choose_augmentation
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.networks.separable_network import build_separable_network
from satchel_train.recipes.mnist import MnistModel, MnistSettings
from satchel_train.recipes.mnist.data import SIDE, read_parts
from satchel_train.training_loop.hyper_parameters import HyperParameters

IMAGE = ImageInput(
    height=SIDE, width=SIDE, channels=1, background=(0, 0, 0), scale=(1 / 255,), offset=(0.0,)
)
SHIFT = 2
"""The largest shift of a training image, in pixels, if there is one."""
LABELS = tuple("0123456789")


class Network(NamedTuple):
    """A network and its hyper-parameters."""

    build: Callable[..., Any]
    """Returns a keras.Model for an ImageInput and ``labels``."""
    hyper: HyperParameters


NETWORKS: Mapping[MnistModel, Network] = {
    "mlp": Network(
        build=partial(build_perceptron, hidden=(512, 512), dropout=0.3),
        hyper=HyperParameters(epochs=25, batch_size=128, learning_rate=1e-3, schedule="cosine"),
    ),
    "separable": Network(
        build=partial(build_separable_network, stem=8, stages=((8, 8, 8), (16, 16, 16))),
        hyper=HyperParameters(epochs=8, batch_size=128, learning_rate=1e-2, schedule="cosine"),
    ),
}


def prepare(settings: MnistSettings) -> Classification:
    """Return the training on 55,000 images, with 10,000 test images for evaluation."""
    data = read_parts(settings.data_dir)
    name = settings.model
    network = NETWORKS[name]
    card = Card(
        name=f"mnist_{name}",
        version="1.0.0",
        task="image-classification",
        input=IMAGE,
        output=LabelOutput(LABELS),
    )
    return Classification(
        card=card,
        parts=data.parts,
        build=lambda: network.build(IMAGE, labels=len(LABELS)),
        hyper=network.hyper,
        settings=settings,
        quantization_aware=settings.quantization_aware,
        data_sha256=data.sha256,
        findings=data.findings,
        augment=choose_augmentation(settings.augment, own=(), shift=SHIFT, labels=len(LABELS)),
    )
