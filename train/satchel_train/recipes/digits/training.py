"""Trains a perceptron of two hidden layers on the digits."""

from satchel.bundle import Card, ImageInput, LabelOutput
from satchel_train.classification import Classification
from satchel_train.data.augmentation import choose_augmentation
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.recipes.digits import DigitsSettings
from satchel_train.recipes.digits.data import read_parts
from satchel_train.training_loop.hyper_parameters import HyperParameters

IMAGE = ImageInput(
    height=8, width=8, channels=1, background=(0, 0, 0), scale=(1 / 255,), offset=(0.0,)
)
SHIFT = 1
"""The largest shift of a training image, in pixels, if there is one."""
CARD = Card(
    name="digits_mlp",
    version="1.0.0",
    task="image-classification",
    input=IMAGE,
    output=LabelOutput(tuple("0123456789")),
)
HYPER = HyperParameters(epochs=60, batch_size=32, learning_rate=2e-3, schedule="cosine")


def prepare(settings: DigitsSettings) -> Classification:
    """Return the training on 1097 digits, with 200 for calibration and 500 for evaluation."""
    parts, data_sha256 = read_parts()
    return Classification(
        card=CARD,
        parts=parts,
        build=lambda: build_perceptron(IMAGE, hidden=(64, 64), labels=10, dropout=0.2),
        hyper=HYPER,
        settings=settings,
        quantization_aware=settings.quantization_aware,
        data_sha256=data_sha256,
        augment=choose_augmentation(settings.augment, own=(), shift=SHIFT, labels=10),
    )
