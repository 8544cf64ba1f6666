"""Tiny data sets under the publishers' names, and one short training of every recipe."""

import argparse
import io
import json
import pickle
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from satchel_train.command import COMMAND
from satchel_train.recipe import RECIPES, load_recipe

GOOD = "A wonderful film.<br /><br />Great cast, number"
BAD = "A terrible film.<br /><br />Poor cast, number"

WITHOUT_EPOCHS = {"lasso", "lasso_bigrams"}


def train(*words):
    """Run ``satchel train`` on ``words`` in this process and return its exit code."""
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args([str(word) for word in words]))


def write_mnist(path, *, train_samples=120, test_samples=30):
    """Write pictures with a bright row whose height says the digit."""
    arrays = {}
    for half, count in (("train", train_samples), ("test", test_samples)):
        pictures = np.random.default_rng(count).integers(0, 40, (count, 28, 28), np.uint8)
        digits = np.arange(count, dtype=np.uint8) % 10
        pictures[np.arange(count), 2 * digits + 3] = 255
        arrays |= {f"x_{half}": pictures, f"y_{half}": digits}
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
    """Write pictures in the colour of their label, as the data set's authors pickled theirs."""
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
        return self.model not in WITHOUT_EPOCHS

    def json(self, name):
        return json.loads((self.folder / name).read_bytes())

    def samples(self, part):
        lines = (self.folder / "samples" / f"{part}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in lines.rstrip("\n").split("\n")]


def every_model():
    """Return recipe and model of all that can be trained."""
    return [(name, model) for name in RECIPES for model in load_recipe(name).models or (None,)]


@pytest.fixture(scope="session", name="every_model")
def _every_model():
    return every_model()


@pytest.fixture(
    scope="session", params=every_model(), ids=lambda pair: "-".join(filter(None, pair))
)
def trained(request, data_dir, tmp_path_factory):
    recipe, model = request.param
    folder = tmp_path_factory.mktemp("models") / f"{recipe}-{model}"
    words = ["--out", folder, "--data-dir", data_dir]
    if model is not None:
        words += ["--model", model]
    if model not in WITHOUT_EPOCHS:
        words += ["--epochs", 2]
    assert train(recipe, *words) == 0
    return Trained(recipe, model, folder)
