"""What is planted is named first by convert, explain and pack, and healthy models are left alone.

Worth its time: a network must have learnt something before a wrong preparation can hurt it. No
model is converted, because a doubtful one is refused before that.
"""

import json

import numpy as np
import pytest
from PIL import Image

from helpers.commands import run_satchel
from helpers.shapes import LABELS, SIDE, shapes, train_shapes
from satchel.bundle.image_input import ImageInput
from satchel.preprocessing import read_pixels
from satchel_convert import DoubtfulModelError, ImageSettings, convert, explain, pack

CROPPED = ImageInput(SIDE, SIDE, fit="crop", scale=(1 / 127.5,), offset=(-1.0,))
RIGHT = {"mean": (127.5,), "std": (127.5,), "fit": "crop"}
BOXED = RIGHT | {"fit": "letterbox"}
ONE_MODEL = {"formats": ["onnx"], "schemes": ["float32"]}
TORCH = {"mean": (123.675, 116.28, 103.53), "std": (58.395, 57.12, 57.375)}


def prepared(spec):
    """Return a function from an image to the tensor of a network that was trained with ``spec``."""
    return lambda image: read_pixels(image, spec)[0] * np.float32(spec.scale[0]) + spec.offset[0]


def write_samples(folder, images, truth, labels):
    for at, (image, label) in enumerate(zip(images, truth, strict=True)):
        place = folder / labels[label] / f"{at}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.ascontiguousarray(image)).save(place)
    return folder


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Networks as .keras and float .tflite: trained on cropped, and on letterboxed images."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("networks")
    for name, spec in (("crop", CROPPED), ("letterbox", CROPPED._replace(fit="letterbox"))):
        model = train_shapes(prepared(spec), epochs=16)
        model.save(folder / f"{name}.keras")
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        (folder / f"{name}.tflite").write_bytes(converter.convert())
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Return a function from a change of the images to a folder of them; unchanged by default."""
    images, truth = shapes(480, seed=9)
    written = {}

    def write(change="as they are"):
        if change not in written:
            changed = [CHANGES[change](image) for image in images]
            folder = tmp_path_factory.mktemp("photos")
            written[change] = write_samples(folder, changed, truth, LABELS)
        return written[change]

    return write


CHANGES = {
    "as they are": lambda image: image,
    "blue first": lambda image: image[..., ::-1],
    "turned left": lambda image: np.rot90(image),
    "turned right": lambda image: np.rot90(image, -1),
    "turned over": lambda image: image[::-1, ::-1],
}
MOVED = (*LABELS[2:], *LABELS[:2])
EXCHANGED = (LABELS[1], LABELS[0], *LABELS[2:])
FAULTS = [
    ("crop", RIGHT | {"mean": (0.0,), "std": (255.0,)}, "", LABELS, "--mean 127.5 --std 127.5"),
    ("crop", {"fit": "crop", "mean": (0.0,)}, "", LABELS, "--mean 127.5 --std 127.5"),
    ("crop", RIGHT | {"std": (1.0,)}, "", LABELS, "--mean 127.5 --std 127.5"),
    ("crop", RIGHT, "blue first", LABELS, "add --channels bgr"),
    ("letterbox", BOXED, "blue first", LABELS, "add --channels bgr"),
    ("crop", RIGHT | {"fit": "stretch"}, "", LABELS, "--fit crop"),
    ("letterbox", BOXED | {"fit": "stretch"}, "", LABELS, "--fit letterbox"),
    ("crop", BOXED, "", LABELS, "--fit crop"),
    ("crop", RIGHT, "", LABELS[::-1], "reversed: turn it round"),
    ("crop", RIGHT, "", MOVED, "off by 2: its last 2 lines belong to the top"),
    ("crop", RIGHT, "", EXCHANGED, "(output 0 is 'red arrow', output 1 is 'blue arrow')"),
    ("crop", RIGHT, "turned left", LABELS, "turned by 90 degrees to the right"),
    ("crop", RIGHT, "turned right", LABELS, "turned by 90 degrees to the left"),
    ("crop", RIGHT, "turned over", LABELS, "turned by 180 degrees"),
]


@pytest.mark.parametrize(("network", "images", "change", "labels", "named"), FAULTS)
def test_convert_names_what_is_planted_and_packs_nothing(
    networks, photos, network, images, change, labels, named
):
    with pytest.raises(DoubtfulModelError) as caught:
        convert(
            networks / f"{network}.keras",
            labels=labels,
            evaluation=photos(change or "as they are"),
            images=ImageSettings(**images),
            **ONE_MODEL,
        )
    assert named in str(caught.value)
    report = caught.value.report
    assert report.doubts[0].line == str(caught.value)
    assert (report.refused, report.passed, list(report.rows)) == (True, False, [])


@pytest.mark.parametrize(("network", "images", "change", "labels", "named"), FAULTS)
def test_explain_names_it_first_for_a_finished_model(
    networks, photos, network, images, change, labels, named
):
    found = explain(
        networks / f"{network}.tflite",
        labels=labels,
        evaluation=photos(change or "as they are"),
        images=ImageSettings(**images),
    )
    first = found.findings[0]
    assert named in f"{first.sentence} {first.remedy}"
    assert first.kind in ("preprocessing", "label order")


def test_pack_refuses_a_doubtful_model_and_packs_it_when_told(networks, photos, capsys, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(reversed(LABELS)))
    out = tmp_path / "shapes.satchel"
    words = (networks / "crop.tflite", "--labels", labels, "--evaluation", photos(), "--out", out)
    words += ("--mean", "127.5", "--std", "127.5", "--fit", "crop")
    assert run_satchel("pack", *words) == 1
    said = capsys.readouterr()
    assert said.out.startswith("label order: With the labels in reverse order, the model is right")
    assert said.err.splitlines()[-1].endswith(
        "not written, the accuracy is doubtful (--accept-accuracy packs it nevertheless)"
    )
    assert not out.exists()
    assert run_satchel("pack", *words, "--accept-accuracy", "--json") == 0
    kept = json.loads(capsys.readouterr().out)["accepted_doubts"]
    assert kept[0].startswith("label order: With the labels in reverse order")


def test_convert_keeps_an_accepted_doubt_in_card_report_and_page(
    networks, photos, capsys, tmp_path
):
    made = convert(
        networks / "crop.keras",
        labels=LABELS[::-1],
        evaluation=photos(),
        images=ImageSettings(**RIGHT),
        accept_accuracy=True,
        **ONE_MODEL,
    )
    line = made.report.doubts[0].line
    assert made.bundle.card.provenance["accepted_doubts"] == [line]
    assert json.loads(made.bundle.files["report.json"])["doubts"][0]["cause"] == "label order"
    assert line in made.bundle.files["report.html"].decode()
    assert made.report.passed


@pytest.mark.parametrize("network", ["crop.keras", "crop.tflite", "letterbox.keras"])
def test_healthy_networks_raise_no_alarm(networks, photos, network):
    images = ImageSettings(**(RIGHT if network.startswith("crop") else BOXED))
    arguments = {"labels": LABELS, "evaluation": photos(), "images": images}
    if network.endswith(".tflite"):
        assert pack(networks / network, **arguments).doubts == ()
    else:
        assert convert(networks / network, **arguments, **ONE_MODEL).report.doubts == ()


def test_few_samples_of_a_wrong_preparation_raise_no_alarm(networks, tmp_path):
    images, truth = shapes(8, seed=3)
    folder = write_samples(tmp_path / "few", images, truth, LABELS)
    wrong = ImageSettings(**(RIGHT | {"std": (255.0,)}))
    found = pack(networks / "crop.tflite", labels=LABELS, evaluation=folder, images=wrong)
    assert found.doubts == ()
