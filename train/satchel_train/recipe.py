"""What a recipe is, and which there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from satchel.bundle import Card, Json
from satchel_train.data.samples import Samples, Unlabelled
from satchel_train.fitting.checkpoint import Checkpoint
from satchel_train.fitting.history import AnyHistory
from satchel_train.fitting.workers import Workers

RECIPES = {
    "digits": "satchel_train.recipes.digits",
    "mnist": "satchel_train.recipes.mnist",
    "cifar100": "satchel_train.recipes.cifar100",
    "imagenet": "satchel_train.recipes.imagenet",
    "photos": "satchel_train.recipes.photos",
    "faces": "satchel_train.recipes.faces",
    "style": "satchel_train.recipes.style",
    "reviews": "satchel_train.recipes.reviews",
    "imdb": "satchel_train.recipes.imdb",
}
"""Name to the module that holds RECIPE"""


CLASSIFIER_OPTIONS = frozenset(
    {"epochs", "optimizer", "learning_rate", "schedule", "workers", "tensorboard"}
)
PICTURE_OPTIONS = CLASSIFIER_OPTIONS | {"quantization_aware"}
"""Of classifiers of pictures, whose layers are all rounded in int8"""


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
    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows"""
    test_time_augmentation: bool = False
    weights: Path | None = None
    """Of a pretrained model: a local copy of what would be fetched"""
    style: Path | None = None
    """The picture whose style is learned"""
    loss_network: Path | None = None
    """The model folder of a classifier, in whose features content and style are compared"""
    features: Path | None = None
    """The model folder of a classifier, in whose features generated pictures are measured"""
    workers: Workers | None = None
    """Those that train together with this process"""


@dataclass(frozen=True)
class Trained:
    """What a training hands over: all that its model folder is written from."""

    card: Card
    """Without provenance"""
    model: Any
    """keras.Model"""
    history: AnyHistory | None
    """None where nothing was trained by epochs"""
    calibration: Samples | Unlabelled
    evaluation: Samples | Unlabelled
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
    options: frozenset[str] = frozenset()
    """What may be chosen beyond the seed, the data and the model: fields of Settings, and
    ``tensorboard``"""
    without_epochs: frozenset[str] = frozenset()
    """Those of ``models`` that have none of these options"""

    def options_of(self, model: str | None) -> frozenset[str]:
        """Return what may be chosen for ``model``, one of ``models``; None: the first."""
        return frozenset() if model in self.without_epochs else self.options


def load_recipe(name: str) -> Recipe:
    """Return the recipe ``name``, one of RECIPES."""
    recipe: Recipe = import_module(RECIPES[name]).RECIPE
    return recipe
