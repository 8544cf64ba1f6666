"""The author's own predictions decide whether a model is packed, end to end from the raw samples.

Worth its time: nothing else shows that the whole way from a file to a score is the author's.
"""

import json

import numpy as np
import pytest
from PIL import Image

from helpers.commands import run_satchel
from helpers.model_folders import band_images
from helpers.tiny_models import HEIGHT, WIDTH
from satchel import open_bundle

LABELS = ("one", "two", "three")
ONE_MODEL = ("--formats", "onnx", "--schemes", "float32")


def network(activation):
    """Return a network of seeded weights that tells red from blue."""
    import keras

    keras.utils.set_random_seed(4)
    layers = keras.layers
    units = 3 if activation == "softmax" else 1
    wide = keras.initializers.RandomNormal(stddev=4.0)
    return keras.Sequential(
        [
            keras.Input((HEIGHT, WIDTH, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(units, kernel_initializer=wide, activation=activation),
        ]
    )


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A model that was trained on blue first, its images, and what its author has of them."""
    folder = tmp_path_factory.mktemp("case")
    model = network("softmax")
    model.save(folder / "model.keras")
    network("linear").save(folder / "logit.keras")
    expected = {}
    for at, image in enumerate(band_images(48, seed=1)):
        # Coloured, or the order of the channels would not matter.
        image = (image * np.float32([1, 0.6, 0.2])).astype(np.uint8)
        place = folder / "evaluation" / LABELS[at % 3] / f"{at}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place)
        scores = model(image[np.newaxis, ..., ::-1] / np.float32(255), training=False)[0]
        expected[f"evaluation/{LABELS[at % 3]}/{at}.png"] = np.asarray(scores, float).tolist()
    (folder / "expected.json").write_text(json.dumps(expected))
    (folder / "labels.txt").write_text("\n".join(LABELS))
    (folder / "two.txt").write_text("one\ntwo")
    return folder


@pytest.fixture
def convert(case, tmp_path, capsys):
    """Return a function that converts a model of the case; it returns code, output and errors."""

    def run(model, *words):
        common = ("--labels", case / "labels.txt", "--evaluation", case / "evaluation")
        more = (*common, *ONE_MODEL, "--out", tmp_path / "x.satchel", "--accept-accuracy", *words)
        code = run_satchel("convert", case / model, *more)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


SCALED = ("--mean", "0", "--std", "255")


def test_blue_for_red_is_noticed_by_the_expected_scores(convert, case, tmp_path):
    code, out, err = convert("model.keras", *SCALED, "--expect", case / "expected.json")
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert "Expected the predictions of 'expected.json' from 'model', got others" in line
    assert line.endswith("The model was trained with blue first: add --channels bgr.")
    assert not (tmp_path / "x.satchel").exists()


def test_what_agrees_is_packed_with_its_agreement(case, tmp_path, capsys):
    import keras

    model = keras.models.load_model(case / "model.keras")
    swapped = model.layers[0].get_weights()
    model.layers[0].set_weights([swapped[0][:, :, ::-1], swapped[1]])
    model.save(tmp_path / "swapped.keras")
    out = tmp_path / "swapped.satchel"
    words = ("--labels", case / "labels.txt", "--evaluation", case / "evaluation", *SCALED)
    words += (*ONE_MODEL, "--out", out, "--accept-accuracy", "--json")
    words += ("--expect", case / "expected.json")
    assert run_satchel("convert", tmp_path / "swapped.keras", *words) == 0
    said = json.loads(capsys.readouterr().out)["expected"]
    assert [each["file"] for each in said["models"]] == ["float model", "float32.onnx"]
    for each in said["models"]:
        assert (each["samples"], each["agreement"]) == (48, 1)
        assert each["agreement_ci95"] == [pytest.approx(0.026 ** (1 / 48), abs=0.01), 1]
        assert each["largest_difference"] < 1e-4
    bundle = open_bundle(out)
    kept = bundle.card.provenance["expected"]
    assert (kept["file"], kept["samples"], kept["agreement"]) == ("expected.json", 48, 1)
    assert set(kept["models"]) == {"float model", "float32.onnx"}
    page = bundle.files["report.html"].decode()
    assert "expected.json: float32.onnx agrees on 48 of 48 samples (100.00%, 95 %:" in page


def test_a_logit_that_is_called_a_probability_is_refused(case, tmp_path, capsys):
    words = ("--labels", case / "two.txt", "--activation", "sigmoid", *ONE_MODEL)
    two = tmp_path / "evaluation"
    for label in LABELS[:2]:
        place = two / label
        place.mkdir(parents=True)
        for each in (case / "evaluation" / label).iterdir():
            (place / each.name).write_bytes(each.read_bytes())
    words += ("--evaluation", two, "--out", tmp_path / "x.satchel", "--accept-accuracy")
    assert run_satchel("convert", case / "logit.keras", *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "Expected probabilities from 'logit', got " in line
    assert line.endswith("if its output is a logit, add --activation logit.")
