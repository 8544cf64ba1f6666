"""From a table of texts to a bundle, with a tokenizer of each kind and a model of each form."""

import csv
import random

import numpy as np
import pytest

from helpers.trainings import run_train
from satchel import TextClassifier
from satchel.preprocessing import open_tokenizer
from satchel_convert import convert
from satchel_train.data.tokenizer_kinds import KINDS
from satchel_train.errors import SettingsError

GOOD, BAD = ("great", "good", "loved", "fine"), ("awful", "bad", "hated", "boring")
TEXTS = [
    "A great, fine film!",
    "I HATED it; the plot is awful",
    "",
    "?!",
    "caf\u00e9 \u6f22 \U0001f600",
]
CHOICES = [
    *(["--model", "mlp", "--tokenizer", kind] for kind in KINDS),
    ["--model", "transformer", "--tokenizer", "vectorization"],
    ["--model", "bert"],
]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table of 400 texts whose words say their label."""
    chance = random.Random(1)
    path = tmp_path_factory.mktemp("table") / "reviews.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(400):
            own = (BAD, GOOD)[number % 2]
            others = ("the", "film", "plot", "actors", "and", "music")
            words = [chance.choice(own if chance.random() < 0.4 else others) for _ in range(12)]
            label = ("negative", "positive")[number % 2]
            writer.writerow([f"{' '.join(words)}. {number}", label])
    return path


@pytest.mark.parametrize("choice", CHOICES, ids=" ".join)
def test_every_tokenizer_ends_in_a_bundle_that_says_what_keras_says(table, tmp_path, choice):
    import keras

    folder = tmp_path / "model"
    words = ("--data-dir", table, "--epochs", 2, "--out", folder)
    assert run_train("imdb", *choice, *words) == 0
    # Two epochs of a few texts need not be better than chance.
    bundle = convert(folder, schemes=["float32", "dynamic_int8"], accept_accuracy=True).bundle
    tokenizer = open_tokenizer(bundle.card.input, bundle.files)
    inputs = np.concatenate([tokenizer(text) for text in TEXTS])
    if inputs.ndim == 3:
        inputs = list(np.moveaxis(inputs, 1, 0))
    expected = keras.models.load_model(folder / "model.keras").predict(inputs, verbose=0)
    for entry in bundle.card.models:
        classifier = TextClassifier(bundle, model=entry.file)
        found = np.stack([classifier.scores(text) for text in TEXTS])
        # float32 sums in another order; weights and activations of 8 bits.
        tolerance = 1e-5 if entry.scheme == "float32" else 0.05
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("model", ["bert", "lasso"])
def test_a_model_with_a_tokenizer_of_its_own_takes_no_other(table, tmp_path, model):
    words = ("--tokenizer", "wordpiece", "--data-dir", table, "--out", tmp_path / "model")
    with pytest.raises(SettingsError, match=f"Expected no tokenizer for {model}: it only applies"):
        run_train("imdb", "--model", model, *words)
