"""Tiny data sets under the publishers' names, and one short training of every recipe."""

import argparse
import dataclasses
import io
import json
import pickle
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from satchel.bundle.card import Card, ImageInput, LabelOutput, card_to_json
from satchel_train.commands import train as train_command
from satchel_train.networks.pretrained import PRETRAINED
from satchel_train.networks.residual_network import build_residual_network
from satchel_train.recipe import RECIPES, load_recipe
from satchel_train.recipes.imagenet import labels, training

GOOD = "A wonderful film.<br /><br />Great cast, number"
BAD = "A terrible film.<br /><br />Poor cast, number"


def train(*words):
    """Run ``satchel train`` on ``words`` in this process and return its exit code."""
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    return train_command.run(parser.parse_args([str(word) for word in words]))


def write_mnist(path, *, train_samples=120, test_samples=30):
    """Write images with a bright row whose height says the digit."""
    arrays = {}
    for half, count in (("train", train_samples), ("test", test_samples)):
        images = np.random.default_rng(count).integers(0, 40, (count, 28, 28), np.uint8)
        digits = np.arange(count, dtype=np.uint8) % 10
        images[np.arange(count), 2 * digits + 3] = 255
        arrays |= {f"x_{half}": images, f"y_{half}": digits}
    np.savez(path, **arrays)


def write_imdb(path, members):
    """Write ``members``, name to text, as a gzipped tar."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            content = text if isinstance(text, bytes) else text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def imdb_members(*, train_samples=40, test_samples=20):
    """Return half positive, half negative reviews, and one without a label."""
    members = {"aclImdb/README": "not a review", "aclImdb/train/unsup/0_0.txt": "no label"}
    for half, count in (("train", train_samples), ("test", test_samples)):
        for number in range(count):
            folder, text = (("pos", GOOD), ("neg", BAD))[number % 2]
            members[f"aclImdb/{half}/{folder}/{number}_7.txt"] = f"{text} {half} {number}"
    return members


def write_cifar100(path, *, train_samples=200, test_samples=100):
    """Write images in the colour of their label, as the data set's authors pickled theirs."""
    fine = [f"thing_{number}".encode() for number in range(100)]
    coarse = [b"people", *(f"kind_{number}".encode() for number in range(19))]
    members = {"meta": {b"fine_label_names": fine, b"coarse_label_names": coarse}}
    for half, count in (("train", train_samples), ("test", test_samples)):
        labels = np.arange(count) % 100
        rows = np.random.default_rng(count).integers(0, 50, (count, 3, 1024), np.uint8)
        rows[:, 0] += labels[:, np.newaxis].astype(np.uint8)
        rows[:, 1] += 2 * labels[::-1, np.newaxis].astype(np.uint8)
        members[half] = {
            b"data": rows.reshape(count, 3072),
            b"fine_labels": labels.tolist(),
            b"coarse_labels": (labels % 20).tolist(),
        }
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            pickled = pickle.dumps(content, protocol=2)
            member = tarfile.TarInfo(f"cifar-100-python/{name}")
            member.size = len(pickled)
            archive.addfile(member, io.BytesIO(pickled))


def write_class_folders(folder, counts, *, size=(40, 30)):
    """Write images in the shades of their class: ``counts`` is a class's name to how many."""
    for hue, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            colour = (10 * number, 250 - 60 * hue, 60 * hue)
            Image.new("RGB", size, colour).save(folder / name / f"{number}.png")


def write_imagenet(folder):
    """Write ImageNet's labels and a ResNet50 that has seen nothing, as Keras publishes both."""
    import h5py
    import keras
    from keras.src.legacy.saving import legacy_h5_format

    index = {str(at): [f"n{at:08}", f"thing_{at}"] for at in range(1000)}
    index["134"][1] = index["517"][1] = "crane"
    (folder / labels.SOURCE.name).write_text(json.dumps(index))
    keras.utils.set_random_seed(7)
    model = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3))
    path = folder / training.SOURCE.name
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return path


# Test modules cannot import this one: they ask for its functions as fixtures.
@pytest.fixture(scope="session", name="train")
def _train():
    return train


@pytest.fixture(scope="session", name="write_imdb")
def _write_imdb():
    return write_imdb


@pytest.fixture(scope="session", name="imdb_members")
def _imdb_members():
    return imdb_members


@pytest.fixture(scope="session", name="write_class_folders")
def _write_class_folders():
    return write_class_folders


@pytest.fixture(scope="session")
def resnet50_weights(tmp_path_factory):
    return write_imagenet(tmp_path_factory.mktemp("imagenet"))


@pytest.fixture(scope="session")
def small_images():
    """Make the networks that were learned on large images take small ones, to be fast."""
    with pytest.MonkeyPatch.context() as patch:
        for name, found in PRETRAINED.items():
            image = dataclasses.replace(found.image, height=32, width=32)
            patch.setitem(PRETRAINED, name, dataclasses.replace(found, image=image))
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


@dataclass(frozen=True)
class Trained:
    """A model folder that one short training wrote."""

    recipe: str
    model: str | None
    """One of the recipe's models; None where it has one only"""
    folder: Path

    @property
    def in_epochs(self):
        return load_recipe(self.recipe).trains_by_epochs(self.model)

    def json(self, name):
        return json.loads((self.folder / name).read_bytes())

    def samples(self, part):
        lines = (self.folder / "samples" / f"{part}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in lines.rstrip("\n").split("\n")]


def ordinary_words(fixture):
    return ["--data-dir", fixture("data_dir")]


def imagenet_words(fixture):
    fixture("small_pictures")
    return ["--data-dir", fixture("class_folders"), "--weights", fixture("resnet50_weights")]


def photos_words(fixture):
    fixture("small_pictures")
    return ["--data-dir", fixture("class_folders"), "--weights", "none"]


def style_words(fixture):
    fixture("small_pictures")
    contents = fixture("contents")
    words = ["--data-dir", contents, "--style", contents.parent / "style.png"]
    return [*words, "--loss-network", fixture("classifier_folder")]


RECIPE_WORDS = {"imagenet": imagenet_words, "photos": photos_words, "style": style_words}
"""What a short training of a recipe is given, where it is not the publishers' data"""


SAME = {("photos", "mobilenet_v3_large"), ("photos", "resnet50")}
"""Trained by the lines that train the small one, on more of Keras's layers"""


def every_model():
    """Return recipe and model of all that can be trained, but for SAME."""
    models = [(name, model) for name in RECIPES for model in load_recipe(name).models or (None,)]
    return [each for each in models if each not in SAME]


@pytest.fixture(scope="session", name="every_model")
def _every_model():
    return every_model()


@pytest.fixture(
    scope="session", params=every_model(), ids=lambda pair: "-".join(filter(None, pair))
)
def trained(request, tmp_path_factory):
    recipe, model = request.param
    folder = tmp_path_factory.mktemp("models") / f"{recipe}-{model}"
    made = Trained(recipe, model, folder)
    words = RECIPE_WORDS.get(recipe, ordinary_words)(request.getfixturevalue)
    if model is not None:
        words += ["--model", model]
    if made.in_epochs:
        words += ["--epochs", 2]
    assert train(recipe, "--out", folder, *words) == 0
    return made
