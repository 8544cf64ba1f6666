"""What a recipe is, and which there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from satchel.card import Card
from satchel.plain_json import Json
from satchel_train.checkpoint import Checkpoint
from satchel_train.history import History
from satchel_train.samples import Samples
from satchel_train.workers import Workers

RECIPES = {
    "digits": "satchel_train.digits",
    "mnist": "satchel_train.mnist",
    "cifar100": "satchel_train.cifar100",
    "reviews": "satchel_train.reviews",
    "imdb": "satchel_train.imdb",
}
"""Name to the module that holds RECIPE"""


@dataclass(frozen=True)
class Settings:
    """What the user chose for one training; None leaves the choice to the recipe."""

    seed: int
    data_dir: Path | None = None
    """Holds the publisher's files, or the user's own data; None to download"""
    model: str | None = None
    """One of the recipe's models"""
    epochs: int | None = None
    """At most: a recipe may stop early"""
    optimizer: str | None = None
    learning_rate: float | None = None
    schedule: str | None = None
    precision: str = "float32"
    """Keras's dtype policy in training; the model that comes out is float32"""
    test_time_augmentation: bool = False
    workers: Workers | None = None
    """Those that train together with this process"""


@dataclass(frozen=True)
class Trained:
    """What a training hands over: all that its model folder is written from."""

    card: Card
    """Without provenance"""
    model: Any
    """keras.Model"""
    history: History
    calibration: Samples
    evaluation: Samples
    data_sha256: str
    """Of the data set's file"""
    measured: Mapping[str, float]
    """What the evaluation samples said of the model, by name, such as ``test_accuracy``"""
    vocabulary: bytes | None = None
    """Of a text model"""
    hyper: Mapping[str, Json] = field(default_factory=dict)
    """How it was trained"""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """Name to PNG: what there is to see besides the curves"""


class Training(Protocol):
    """A recipe whose data is read and whose settings are known to be right."""

    @property
    def data_sha256(self) -> str:
        """Of the data set's file, 64 hexadecimal digits."""

    def run(self, *, checkpoint: Checkpoint | None, callbacks: Sequence[Any]) -> Trained:
        """Train, from ``checkpoint`` on where it holds anything, with these Keras callbacks."""


@dataclass(frozen=True)
class Recipe:
    """A training program for one model, or for several of one data set."""

    name: str
    summary: str
    prepare: Callable[[Settings], Training]
    models: tuple[str, ...] = ()
    """What --model chooses from, the first by default"""


def load_recipe(name: str) -> Recipe:
    """Return the recipe ``name``, one of RECIPES."""
    recipe: Recipe = import_module(RECIPES[name]).RECIPE
    return recipe
