import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.trainings import run_train
from satchel import InputError
from satchel_train.commands import stylize as stylize_command
from satchel_train.errors import DataError, FolderError, SettingsError
from satchel_train.generative.loss_network import LAYERS, VGG19, open_loss_network
from satchel_train.generative.style_losses import content_loss, gram, roughness, style_loss
from satchel_train.networks.style_transfer_network import build_style_transfer_network
from satchel_train.recipes.style import StyleSettings
from satchel_train.recipes.style.training import prepare, style_training
from satchel_train.training_loop.fit import make_reproducible


@pytest.fixture
def settings(contents, classifier_folder):
    return StyleSettings(
        seed=7,
        data_dir=contents,
        epochs=1,
        style=contents.parent / "style.png",
        loss_network=classifier_folder,
    )


def some(*, seed=0, count=1):
    return np.random.default_rng(seed).uniform(0, 255, (count, 8, 8, 3)).astype(np.float32)


def test_a_gram_matrix_does_not_know_where_in_the_image_something_is():
    features = some()
    moved = np.roll(features, (3, 2), axis=(1, 2))
    np.testing.assert_allclose(np.asarray(gram(features)), np.asarray(gram(moved)), rtol=1e-5)
    expected = np.einsum("nhwi,nhwj->nij", features, features) / 64
    np.testing.assert_allclose(np.asarray(gram(features)), expected, rtol=1e-5)


def test_losses_are_zero_for_the_same_image_and_one_for_a_black_one():
    image, black = some(), np.zeros_like(some())
    assert float(content_loss(image, image)) == 0
    assert float(style_loss([image], [gram(image)])) == 0
    assert float(content_loss(black, image)) == pytest.approx(1)
    assert float(style_loss([black], [gram(image)])) == pytest.approx(1)


def test_a_chessboard_is_as_rough_as_can_be_and_an_even_image_is_not():
    chessboard = np.float32(255) * (np.indices((8, 8)).sum(axis=0) % 2)[np.newaxis, ..., np.newaxis]
    assert float(roughness(chessboard)) == pytest.approx(2)
    assert float(roughness(np.full_like(chessboard, 80))) == 0


def test_a_classifier_gives_features_of_images_of_any_size(classifier_folder):
    model = open_loss_network(classifier_folder, weights=None).model
    seen = model(np.zeros((2, 24, 40, 3), np.float32))
    assert 1 < len(seen["style"]) <= LAYERS
    assert tuple(seen["style"][0].shape) == (2, 24, 40, 4)
    assert tuple(seen["content"].shape[-1:]) == (4,)
    assert not model.trainable_variables


def test_a_classifiers_features_are_its_own(classifier_folder):
    import keras

    classifier = keras.models.load_model(classifier_folder / "model.keras")
    first = keras.Model(classifier.input, classifier.get_layer("stem_relu").output)
    images = np.random.default_rng(0).uniform(0, 255, (1, 16, 16, 3)).astype(np.float32)
    seen = open_loss_network(classifier_folder, weights=None).model(images)
    expected = first(images / np.float32(127.5) - 1)
    np.testing.assert_allclose(np.asarray(seen["style"][0]), np.asarray(expected), atol=1e-5)


def test_vgg19_needs_its_weights(tmp_path):
    with pytest.raises(DataError, match=r"a file of weights, .*get it from https.*vgg19_weights"):
        open_loss_network(None, weights=tmp_path / "nowhere.h5")


def test_vgg19_sees_red_green_blue_as_it_saw_blue_green_red(tmp_path):
    import h5py
    import keras
    from keras.applications.vgg19 import preprocess_input
    from keras.src.legacy.saving import legacy_h5_format

    make_reproducible(7)
    vgg19 = keras.applications.VGG19(include_top=False, weights=None, input_shape=(32, 32, 3))
    with h5py.File(tmp_path / VGG19.name, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, vgg19)
    ours = open_loss_network(None, weights=tmp_path / VGG19.name).model
    theirs = keras.Model(vgg19.input, vgg19.get_layer("block4_conv2").output)
    images = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype(np.float32)
    expected = np.asarray(theirs(preprocess_input(images.copy())))
    found = np.asarray(ours(images)["content"])
    # The products are the same ones, in another order.
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_both_losses_fall_in_a_short_training(settings):
    make_reproducible(7)
    # The losses pull at each other, and a new network has neither content nor style.
    history = style_training(replace(settings, epochs=12), side=16).run().history
    first, last = history.epochs[0], history.epochs[-1]
    assert last.content_loss < first.content_loss
    assert last.style_loss < first.style_loss


def test_the_network_normalizes_each_image_by_itself():
    make_reproducible(7)
    network = build_style_transfer_network(side=8, channels=(2, 2, 2), blocks=1)
    images = some(count=2) / 127.5 - 1
    both = np.asarray(network(images, training=True))
    np.testing.assert_allclose(both[:1], np.asarray(network(images[:1])), atol=1e-5)


def test_parts_are_disjoint(settings):
    found = style_training(settings, side=16).contents
    parts = (found.train, found.calibration, found.evaluation)
    assert [len(part) for part in parts] == [8, 2, 2]
    assert len({image.tobytes() for part in parts for image in part}) == 12


def test_cifar100s_images_are_enlarged_where_there_are_no_others(settings, data_dir):
    found = style_training(replace(settings, data_dir=data_dir), side=64).contents
    assert found.train.shape == (120, 64, 64, 3)


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"style": None}, SettingsError, "Expected Path as style, got None"),
        ({"weights": Path("vgg19.h5")}, SettingsError, "VGG19's weights or a loss_network, got"),
        ({"style": Path("nowhere.png")}, InputError, "nowhere.png"),
    ],
)
def test_what_is_missing_or_too_much_is_said(settings, changes, error, reason):
    with pytest.raises(error, match=reason):
        prepare(replace(settings, **changes))


def test_too_few_images_are_refused(settings, tmp_path):
    with pytest.raises(DataError, match=r"or at least 10 images in .*, got 0"):
        prepare(replace(settings, data_dir=tmp_path))


def test_a_classifier_without_convolutions_is_refused(settings, tmp_path):
    assert run_train("digits", "--epochs", 1, "--out", tmp_path / "digits") == 0
    with pytest.raises(DataError, match="Expected a classifier with convolutions and ReLU layers"):
        open_loss_network(tmp_path / "digits", weights=None)


def stylize(*words):
    parser = argparse.ArgumentParser()
    stylize_command.add_arguments(parser)
    return stylize_command.run(parser.parse_args([str(word) for word in words]))


def test_stylize_writes_an_image_and_comes_closer_to_the_style(
    contents, classifier_folder, tmp_path, capsys
):
    words = (contents / "0.png", contents.parent / "style.png", "--loss-network", classifier_folder)
    steps = ("--steps", 60, "--side", 16)
    assert stylize(*words, *steps, "--out", tmp_path / "painted.png") == 0
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'painted.png'}\n"
    first, last = (float(line.split()[-1]) for line in err.splitlines())
    assert last < first
    with Image.open(tmp_path / "painted.png") as image:
        assert (image.format, image.size) == ("PNG", (16, 16))


def test_stylize_says_what_it_was_given_wrongly(contents, classifier_folder, tmp_path):
    words = (contents / "0.png", contents.parent / "style.png", "--loss-network", classifier_folder)
    with pytest.raises(SettingsError, match=r"Expected a \.png to write, got 'x\.jpg'"):
        stylize(*words, "--out", "x.jpg")
    with pytest.raises(SettingsError, match="got both"):
        stylize(*words, "--weights", "x.h5", "--out", "x.png")
    with pytest.raises(FolderError, match=r"Expected a place to write the image, .* is not there"):
        stylize(*words, "--out", tmp_path / "nowhere" / "x.png")
    with pytest.raises(SettingsError, match="Expected at least 1 as steps, got 0"):
        stylize(*words, "--steps", 0, "--out", "x.png")
