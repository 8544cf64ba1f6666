"""Trains a perceptron of two wide hidden layers, with dropout, on MNIST."""

from satchel.card import Card, ImageInput, LabelOutput
from satchel_train.fit import HyperParameters, fit
from satchel_train.inputs import examples
from satchel_train.mnist.data import SIDE, read_parts
from satchel_train.perceptron import build_perceptron
from satchel_train.recipe import Settings, Trained

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
HYPER = HyperParameters(batch_size=128, learning_rate=1e-3, decay="cosine")


def train(settings: Settings) -> Trained:
    """Return the model trained on 55,000 pictures, to be evaluated on the 10,000 test pictures."""
    parts, data_sha256 = read_parts(settings.data_dir)
    model = build_perceptron(IMAGE, hidden=(512, 512), labels=10, dropout=0.3)
    history = fit(
        model,
        train=examples(parts.train, card=CARD),
        validation=examples(parts.validation, card=CARD),
        hyper=HYPER,
        epochs=settings.epochs,
    )
    return Trained(CARD, model, history, parts.calibration, parts.evaluation, data_sha256)
