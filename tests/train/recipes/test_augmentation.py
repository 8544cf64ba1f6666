"""What a recipe changes in its training images by default and by choice, and what it says."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from helpers.trainings import run_train
from satchel_train import Cifar100Settings, DigitsSettings, PhotosSettings, train
from satchel_train.errors import CheckpointError, SettingsError
from satchel_train.networks.residual_network import build_residual_network
from satchel_train.recipe import load_recipe

ARROW = ((9, 24), (24, 12), (24, 20), (39, 20), (39, 28), (24, 28), (24, 36))
"""The corners of an arrow to the left, in an image of 48 by 48 pixels."""


def write_arrows(folder, count):
    """Write ``count`` arrows to the left, and the mirror image of each to the right."""
    randomness = np.random.default_rng(0)
    for label in ("left", "right"):
        (folder / label).mkdir(parents=True)
    for number in range(count):
        right, down = randomness.integers(-5, 6, 2).tolist()
        dark, bright = randomness.integers(0, 60, 3), randomness.integers(150, 256, 3)
        left = Image.new("RGB", (48, 48), tuple(dark.tolist()))
        corners = [(x + right, y + down) for x, y in ARROW]
        ImageDraw.Draw(left).polygon(corners, fill=tuple(bright.tolist()))
        left.save(folder / "left" / f"{number:03}.png")
        mirrored = left.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        mirrored.save(folder / "right" / f"{number:03}.png")


@pytest.fixture(scope="module")
def arrows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arrows")
    write_arrows(folder, 100)
    return folder


@pytest.fixture
def small_network(monkeypatch):
    """Make the network of cifar100 a small one, which trains in seconds."""

    def build(image, *, labels, **_sizes):
        return build_residual_network(image, stem=8, stages=(8, 16, 16), labels=labels)

    monkeypatch.setattr("satchel_train.recipes.cifar100.training.build_residual_network", build)


def training_of(folder):
    return json.loads((folder / "training.json").read_bytes())


@pytest.mark.usefixtures("small_network")
def test_arrows_to_the_left_and_to_the_right_are_told_apart_by_default(arrows, tmp_path, capsys):
    out = tmp_path / "model"
    assert run_train("cifar100", "--data-dir", arrows, "--out", out) == 0
    found = training_of(out)
    assert found["test_accuracy"] == 1
    assert list(found["hyper"]["augment"]) == ["shift", "crop"]
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "augment" in each]
    assert line.startswith("augment shift,crop, the default for images of your own: ")


@pytest.mark.usefixtures("small_network")
def test_mirrored_arrows_cannot_be_told_apart(arrows, tmp_path, capsys):
    out = tmp_path / "model"
    words = ("--augment", "mirror", "--tta")
    assert run_train("cifar100", "--data-dir", arrows, "--out", out, *words) == 0
    found = training_of(out)
    # 40 arrows: 0.5, and four standard deviations of chance.
    assert found["test_accuracy"] == pytest.approx(0.5, abs=0.32)
    assert found["hyper"]["augment"] == {"mirror": {"probability": 0.5}}
    written = capsys.readouterr()
    assert "augment" not in written.err.replace("augmented", "")
    # An image and its mirror image have the same scores together: nothing can tell them apart.
    averaged = found["test_time_augmentation"]
    assert averaged["mean_of"] == ["image", "mirror image"]
    assert f"mirror image's scores: {averaged['accuracy_of_mean']:.2%} are right" in written.err
    assert written.out.startswith(f"cifar100: test accuracy {found['test_accuracy']:.2%} (")
    assert " on 40 samples " in written.out


def test_a_recipe_keeps_its_own_choice_on_its_own_data(data_dir, class_folders):
    def augment_of(recipe, **settings):
        found = load_recipe(recipe)
        training = found.prepare(found.settings(**settings))
        return () if training.augment is None else training.augment.names

    assert augment_of("cifar100", data_dir=data_dir) == ("shift", "mirror")
    assert augment_of("mnist", data_dir=data_dir) == augment_of("digits") == ()
    assert augment_of("cifar100", data_dir=class_folders) == ("shift", "crop")
    assert augment_of("cifar100", data_dir=data_dir, augment=()) == ()
    assert augment_of("digits", augment=("shift", "mixup")) == ("shift", "mixup")


@pytest.mark.parametrize("names", ["mixup", "cutmix", "shift,mirror,crop,colour,mixup,cutmix"])
def test_mixed_labels_train_fine_tune_and_are_recorded(tmp_path, names):
    words = ("--augment", names, "--epochs", 10, "--quantization-aware")
    assert run_train("digits", "--out", tmp_path / "model", *words) == 0
    found = training_of(tmp_path / "model")
    assert ",".join(found["hyper"]["augment"]) == names
    assert all(0 < epoch["accuracy"] < 1 for epoch in found["history"])
    # Ten digits: far from chance even where every image was changed in six ways.
    assert found["test_accuracy"] > (0.3 if "colour" in names else 0.7)


@pytest.mark.usefixtures("small_network")
def test_mixed_labels_are_smoothed_too(data_dir, tmp_path):
    settings = Cifar100Settings(data_dir=data_dir, epochs=1, augment=("mixup",))
    result = train("cifar100", settings, out=tmp_path / "model")
    # A uniform guess over a hundred labels, whatever they are mixed of.
    assert result.history.epochs[0].loss == pytest.approx(np.log(100), abs=0.6)


def test_an_interrupted_training_is_known_by_its_augmentation(tmp_path):
    def interrupt(progress):
        # In the second epoch: the checkpoint of the first one is written.
        if progress.done == 40:
            raise KeyboardInterrupt

    def digits(*names, **conditions):
        settings = DigitsSettings(epochs=2, augment=names)
        return train("digits", settings, out=tmp_path / "model", **conditions)

    with pytest.raises(KeyboardInterrupt):
        digits("shift", "mixup", on_progress=interrupt)
    with pytest.raises(CheckpointError, match=r"a training with augment \['shift'\] in"):
        digits("shift", resume=True)
    assert digits("shift", "mixup", resume=True).history.kept == 2


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        (("flip",), "Expected augment of none alone, or of shift, .*; got 'flip'"),
        (("shift", "shift"), "Expected each augment once, got 'shift' twice"),
        ("shift", "Expected tuple as augment, got 'shift'"),
        (("shift", 7), "got 7"),
    ],
)
def test_a_setting_that_is_no_augmentation_is_refused(tmp_path, augment, message):
    with pytest.raises(SettingsError, match=message):
        PhotosSettings(data_dir=tmp_path, augment=augment)


@pytest.mark.parametrize("words", ["flip", "none,shift", ""])
def test_a_word_that_is_no_augmentation_is_wrong_use(tmp_path, capsys, words):
    with pytest.raises(SystemExit) as caught:
        run_train("digits", "--out", tmp_path / "model", "--augment", words)
    assert caught.value.code == 2
    assert "Expected augment of none alone, or of shift, mirror" in capsys.readouterr().err
