"""Trains a perceptron of two wide hidden layers, with dropout, on MNIST."""

from satchel.card import Card, ImageInput, LabelOutput
from satchel_train.classification import Classification
from satchel_train.fitting.hyper_parameters import HyperParameters
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.recipe import Settings
from satchel_train.recipes.mnist.data import SIDE, read_parts

IMAGE = ImageInput(
    height=SIDE, width=SIDE, channels=1, background=(0, 0, 0), scale=(1 / 255,), offset=(0.0,)
)
CARD = Card(
    name="mnist_mlp",
    version="1.0.0",
    task="image-classification",
    input=IMAGE,
    output=LabelOutput(tuple("0123456789")),
)
HYPER = HyperParameters(epochs=25, batch_size=128, learning_rate=1e-3, schedule="cosine")


def prepare(settings: Settings) -> Classification:
    """Return the training on 55,000 pictures, to be evaluated on the 10,000 test pictures."""
    parts, data_sha256 = read_parts(settings.data_dir)
    return Classification(
        card=CARD,
        parts=parts,
        build=lambda: build_perceptron(IMAGE, hidden=(512, 512), labels=10, dropout=0.3),
        hyper=HYPER,
        settings=settings,
        data_sha256=data_sha256,
    )
