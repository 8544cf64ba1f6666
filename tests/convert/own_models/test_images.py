"""A Keras file, labels and folders of images, without a model folder."""

import importlib
import shutil

import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel import ImageClassifier
from satchel.bundle.reading import open_bundle
from satchel.preprocessing.images import decode
from satchel_convert.own_models.preprocessing import PREPROCESSING

LABELS = ("left", "middle", "right")
ONE_ONNX = ("--formats", "onnx", "--schemes", "float32")


@pytest.fixture(scope="module")
def files(images, tmp_path_factory):
    """Lay the image model and its samples out as somebody has them who never saw Satchel."""
    import keras

    folder = tmp_path_factory.mktemp("own")
    shutil.copy(images.path / "model.keras", folder / "bands.keras")
    model = keras.models.load_model(folder / "bands.keras")
    model.save(folder / "bands.h5")
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    for sample in images.folder.evaluation:
        place = folder / "evaluation" / LABELS[sample.label]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample.value, place)
    (folder / "calibration").mkdir()
    for sample in images.folder.calibration:
        shutil.copy(sample.value, folder / "calibration" / f"c{sample.value.name}")
    return folder


def words(files, *, model="bands.keras", std="255"):
    return [
        files / model,
        *("--labels", files / "labels.txt", "--evaluation", files / "evaluation"),
        *("--calibration", files / "calibration", "--std", std),
    ]


@pytest.mark.parametrize("model", ["bands.keras", "bands.h5"])
def test_a_file_becomes_the_bundle_that_its_model_folder_becomes(
    files, images, tmp_path, model, capsys
):
    out = tmp_path / "bands.satchel"
    schemes = ("--formats", "onnx", "--schemes", "float32,full_int8")
    assert run_satchel("convert", *words(files, model=model), "--out", out, *schemes) == 0
    assert "24 samples, float model" in capsys.readouterr().out
    card = open_bundle(out).card
    assert (card.name, card.output.labels) == ("bands", LABELS)
    assert card.provenance["model"].startswith("sha256:")
    classifier = ImageClassifier(out, model="float32.onnx")
    for sample, expected in zip(images.folder.evaluation, images.expected, strict=True):
        np.testing.assert_allclose(classifier.scores(sample.value), expected, atol=1e-5)


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    """A model of the three colours of an image of any size, and images to check it with."""
    import keras
    from PIL import Image

    folder = tmp_path_factory.mktemp("colours")
    keras.utils.set_random_seed(5)
    layers = keras.layers
    keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
    ).save(folder / "colours.keras")
    (folder / "labels.txt").write_text("red\ngreen\nblue\n")
    for number, label in enumerate(("red", "green", "blue")):
        (folder / "evaluation" / label).mkdir(parents=True)
        pixels = np.random.default_rng(number).integers(0, 100, (8, 8, 3), np.uint8)
        pixels[..., number] += 100
        Image.fromarray(pixels).save(folder / "evaluation" / label / "picture.png")
    return folder


def colour_words(folder, *more):
    return [
        *(folder / "colours.keras", "--labels", folder / "labels.txt"),
        *("--evaluation", folder / "evaluation", *ONE_ONNX, *more),
    ]


def test_blue_first_is_what_keras_makes_of_an_image(colours, tmp_path):
    import keras

    out = tmp_path / "colours.satchel"
    more = ("--preprocess", "keras:resnet50", "--size", "8,8", "--out", out)
    assert run_satchel("convert", *colour_words(colours, *more)) == 0
    model = keras.models.load_model(colours / "colours.keras")
    classifier = ImageClassifier(out)
    for path in sorted(colours.glob("evaluation/*/*.png")):
        pixels = decode(path)[np.newaxis].astype(np.float32)
        logits = np.asarray(model(keras.applications.resnet50.preprocess_input(pixels)))[0]
        expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        np.testing.assert_allclose(classifier.scores(path), expected, atol=1e-5)


@pytest.mark.parametrize("name", PREPROCESSING)
def test_every_preprocessing_is_that_of_keras(name):
    module = importlib.import_module(f"keras.applications.{name}")
    pixels = np.random.default_rng(0).integers(0, 256, (1, 5, 5, 3)).astype(np.float32)
    mean, deviation, blue_first = PREPROCESSING[name]
    found = (pixels - np.float32(mean)) / np.float32(deviation)
    expected = module.preprocess_input(pixels.copy())
    # Keras divides by 255 first, or by 127.5 and then takes 1 away.
    np.testing.assert_allclose(found[..., ::-1] if blue_first else found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ((), "Expected --size HEIGHT,WIDTH: 'colours.keras' accepts images of any size."),
        (("--size", "8,8", "--mean", "1,2"), "expected one number, or three with commas"),
        (("--size", "8,8", "--std", "0"), "expected numbers other than 0, got '0'"),
        (("--size", "8"), "expected HEIGHT,WIDTH in pixels, got '8'"),
        (
            ("--preprocess", "resnet50"),
            "Expected --preprocess keras:NAME with a NAME of convnext, densenet",
        ),
        (
            ("--preprocess", "keras:vgg16", "--mean", "1"),
            "Expected either --preprocess, or --mean and",
        ),
        (("--size", "8,8", "--activation", "logit"), "Expected 1 outputs (logit) for 3 labels"),
        (("--size", "8,8", "--schemes", "full_int8"), "Expected calibration samples for full_int8"),
    ],
)
def test_what_does_not_fit_is_one_line_and_writes_nothing(colours, tmp_path, more, reason, capsys):
    out = tmp_path / "colours.satchel"
    assert run_satchel("convert", *colour_words(colours, "--out", out, *more)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert not out.exists()


def test_a_size_that_the_model_does_not_take_is_refused(files, tmp_path, capsys):
    out = tmp_path / "x.satchel"
    assert run_satchel("convert", *words(files), "--size", "7,7", "--out", out) == 2
    assert "Expected no --size, or 6,9" in capsys.readouterr().err


@pytest.fixture
def own(files, tmp_path):
    return shutil.copytree(files, tmp_path / "own")


def test_labels_that_do_not_match_the_outputs_are_refused(own, capsys):
    (own / "labels.txt").write_text("left\nmiddle\nright\nabove\n")
    assert run_satchel("convert", *words(own), "--out", own / "x.satchel") == 2
    assert "Expected 3 labels for the 3 outputs of 'bands.keras', got 4" in capsys.readouterr().err


def test_a_folder_that_is_no_label_is_refused(own, capsys):
    shutil.copytree(own / "evaluation" / "left", own / "evaluation" / "lefd")
    assert run_satchel("convert", *words(own), "--out", own / "x.satchel") == 2
    line = capsys.readouterr().err
    assert "Expected one of the model's labels in the name of the folder" in line
    assert "evaluation/lefd', got 'lefd' (did you mean 'left'?)." in line


def test_an_image_in_both_parts_is_refused_under_whatever_name(own, capsys):
    first = min((own / "calibration").iterdir())
    shutil.copy(first, own / "evaluation" / "left" / "new.png")
    assert run_satchel("convert", *words(own), "--out", own / "x.satchel") == 2
    line = capsys.readouterr().err
    assert "Expected calibration and evaluation images to be different" in line
    assert "new.png" in line


def test_a_model_of_two_images_is_refused(own, capsys):
    import keras

    pair = [keras.Input((6, 9, 1)), keras.Input((6, 9, 1))]
    values = keras.layers.Flatten()(keras.layers.Add()(pair))
    keras.Model(pair, keras.layers.Dense(3, activation="softmax")(values)).save(own / "two.keras")
    assert run_satchel("convert", *words(own, model="two.keras"), "--out", own / "x.satchel") == 2
    line = capsys.readouterr().err
    assert line.startswith("satchel convert: Expected ")
    assert "with one input and one output in 'two.keras', got 2 and 1" in line
    assert line.count("\n") == 1


def test_labels_are_for_a_file_and_not_for_a_model_folder(files, images, tmp_path, capsys):
    out = tmp_path / "x.satchel"
    assert run_satchel("convert", files / "bands.keras", "--out", out) == 2
    assert "arguments are required: --labels, --evaluation" in capsys.readouterr().err
    labels = ("--labels", files / "labels.txt")
    assert run_satchel("convert", images.path, *labels, "--out", out) == 2
    assert "Expected no labels for" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_code_in_a_file_is_refused(own, capsys, suffix):
    import keras

    layers = [
        keras.Input((6, 9, 1)),
        keras.layers.Lambda(lambda values: values * 2),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    keras.Sequential(layers).save(own / f"code.{suffix}")
    model = words(own, model=f"code.{suffix}")
    assert run_satchel("convert", *model, "--out", own / "x.satchel") == 2
    assert "`Lambda` layer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no such file"),
        (
            b"junk",
            "got a file that is no archive of Keras and no HDF5 file: it is damaged or of another"
            " kind",
        ),
    ],
)
def test_a_file_that_is_no_model_is_said_to_be_none(own, capsys, content, reason):
    if content is not None:
        (own / "other.keras").write_bytes(content)
    assert run_satchel("convert", *words(own, model="other.keras"), "--out", own / "x.satchel") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"other.keras', {reason}.")


def test_labels_that_are_not_there_are_named(own, capsys):
    (own / "labels.txt").unlink()
    assert run_satchel("convert", *words(own), "--out", own / "x.satchel") == 2
    assert capsys.readouterr().err.endswith("labels.txt': No such file or directory.\n")
