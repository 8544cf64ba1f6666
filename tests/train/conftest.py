"""Tiny data sets under the publishers' names, and one short training of every recipe."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from helpers.data_sets import (
    imdb_members,
    write_cifar100,
    write_class_folders,
    write_imagenet,
    write_imdb,
    write_lite0,
    write_mnist,
    write_photographs,
)
from helpers.trainings import Trained, every_model, run_train, words_of
from satchel.bundle.card import Card, card_to_json
from satchel.bundle.image_input import ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel_train.networks.pretrained import PRETRAINED
from satchel_train.networks.residual_network import build_residual_network
from satchel_train.recipes.imagenet.networks import NETWORKS


@pytest.fixture(scope="session")
def resnet50_weights(tmp_path_factory):
    return write_imagenet(tmp_path_factory.mktemp("imagenet"))


@pytest.fixture(scope="session")
def lite0_weights(tmp_path_factory):
    return write_lite0(tmp_path_factory.mktemp("lite0"))


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """Write a small photograph of each of ImageNet's classes."""
    folder = tmp_path_factory.mktemp("photographs")
    write_photographs(folder, range(1000))
    return folder


@pytest.fixture(scope="session")
def small_images():
    """Make the networks that were learned on large images take small ones, to be fast."""
    with pytest.MonkeyPatch.context() as patch:
        for table in (PRETRAINED, NETWORKS):
            for name, found in table.items():
                image = found.image._replace(height=32, width=32)
                patch.setitem(table, name, dataclasses.replace(found, image=image))
        patch.setattr("satchel_train.recipes.style.training.SIDE", 32)
        yield


@pytest.fixture(scope="session")
def class_folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    write_class_folders(folder, {"crane (n00000134)": 6, "n00000517": 6, "thing_3": 6})
    return folder


@pytest.fixture(scope="session")
def classifier_folder(tmp_path_factory):
    """Write the model folder of a classifier that has learned nothing."""
    import keras

    folder = tmp_path_factory.mktemp("classifier")
    image = ImageInput(height=16, width=16, scale=(1 / 127.5,), offset=(-1.0,))
    keras.utils.set_random_seed(7)
    build_residual_network(image, stem=4, stages=(4, 4), labels=3).save(folder / "model.keras")
    card = Card(
        name="nothing",
        version="1.0.0",
        task="image-classification",
        input=image,
        output=LabelOutput(("one", "two", "three")),
    )
    (folder / "card.json").write_bytes(card_to_json(card))
    return folder


@pytest.fixture(scope="session")
def contents(tmp_path_factory):
    """Write twelve images to learn a style on, and the one whose style is learned."""
    folder = tmp_path_factory.mktemp("contents")
    for number in range(13):
        pixels = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        image = Image.fromarray(pixels).resize((80, 60))
        image.save(folder / f"{number}.png" if number < 12 else folder.parent / "style.png")
    return folder


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_mnist(folder / "mnist.npz")
    write_imdb(folder / "aclImdb_v1.tar.gz", imdb_members())
    write_cifar100(folder / "cifar-100-python.tar.gz")
    return folder


@pytest.fixture(
    scope="session", params=every_model(), ids=lambda pair: "-".join(filter(None, pair))
)
def trained(request, tmp_path_factory):
    recipe, model = request.param
    folder = tmp_path_factory.mktemp("models") / f"{recipe}-{model}"
    made = Trained(recipe, model, folder)
    words = words_of(recipe, model)(request.getfixturevalue)
    if model is not None:
        words += ["--model", model]
    if made.in_epochs:
        words += ["--epochs", 2]
    assert run_train(recipe, "--out", folder, *words) == 0
    return made
