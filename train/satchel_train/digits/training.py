"""Trains a perceptron of two hidden layers on the digits."""

from satchel.card import Card, ImageInput, LabelOutput
from satchel_train.digits.data import read_parts
from satchel_train.fit import HyperParameters, fit
from satchel_train.inputs import examples
from satchel_train.perceptron import build_perceptron
from satchel_train.recipe import Settings, Trained

IMAGE = ImageInput(
    height=8, width=8, channels=1, background=(0, 0, 0), scale=(1 / 255,), offset=(0.0,)
)
CARD = Card(
    name="digits_mlp",
    version="1.0.0",
    task="image-classification",
    input=IMAGE,
    output=LabelOutput(tuple("0123456789")),
)
HYPER = HyperParameters(batch_size=32, learning_rate=2e-3, decay="cosine")


def train(settings: Settings) -> Trained:
    """Return the model trained on 1097 digits, with 200 for calibration and 500 for evaluation."""
    parts, data_sha256 = read_parts()
    model = build_perceptron(IMAGE, hidden=(64, 64), labels=10, dropout=0.2)
    history = fit(
        model,
        train=examples(parts.train, card=CARD),
        validation=examples(parts.validation, card=CARD),
        hyper=HYPER,
        epochs=settings.epochs,
    )
    return Trained(CARD, model, history, parts.calibration, parts.evaluation, data_sha256)
