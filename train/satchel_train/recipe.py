"""What a recipe is, and which there are."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from satchel.card import Card
from satchel_train.history import History
from satchel_train.samples import Samples

RECIPES = {
    "digits": "satchel_train.digits",
    "mnist": "satchel_train.mnist",
    "reviews": "satchel_train.reviews",
    "imdb": "satchel_train.imdb",
}
"""Name to the module that holds RECIPE"""


@dataclass(frozen=True)
class Settings:
    """What the user chose for one training."""

    epochs: int
    """At most: a recipe may stop early"""
    seed: int
    data_dir: Path | None
    """Holds the publisher's files; None to download them"""


@dataclass(frozen=True)
class Trained:
    """What a recipe hands over: all that its model folder is written from."""

    card: Card
    """Without provenance"""
    model: Any
    """keras.Model"""
    history: History
    calibration: Samples
    evaluation: Samples
    data_sha256: str
    """Of the data set's file"""
    vocabulary: bytes | None = None
    """Of a text model"""


@dataclass(frozen=True)
class Recipe:
    """A training program for one model."""

    name: str
    summary: str
    epochs: int
    """Where the user gives no other number"""
    train: Callable[[Settings], Trained]


def load_recipe(name: str) -> Recipe:
    """Return the recipe ``name``, one of RECIPES."""
    recipe: Recipe = import_module(RECIPES[name]).RECIPE
    return recipe
