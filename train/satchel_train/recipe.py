"""Defines a recipe and lists all recipes. Nothing heavy is imported until one is prepared."""

import warnings
from dataclasses import MISSING, dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING

from satchel_train.errors import DataWarning, SettingsError
from satchel_train.settings import EpochSettings, Settings, choices, model_of
from satchel_train.training_loop.device import Backend

if TYPE_CHECKING:
    from satchel_train.trained import Training

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
"""A recipe's name to its package: it has RECIPE, and ``prepare`` in its module ``training``."""

EPOCH_OPTIONS = frozenset(
    {
        *("epochs", "learning_rate", "optimizer", "schedule", "weight_decay", "class_weights"),
        *("teacher", "init_from"),
    }
)
"""Settings that do not apply to a model that does not train by epochs."""


@dataclass(frozen=True)
class Recipe:
    """A training program for one model, or for several of one data set."""

    name: str
    summary: str
    settings: type[Settings]
    """The dataclass of the recipe's settings."""
    models_without_epochs: frozenset[str] = frozenset()
    """Those of ``models`` that do not train by epochs."""
    several_machines: bool = False
    """Whether several machines, or several devices of one, can train the recipe together."""

    @property
    def models(self) -> tuple[str, ...]:
        """The choices of the setting ``model``, the default first. Empty for a single model."""
        return choices(self.settings, "model")

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the settings that have no default."""
        return tuple(
            field.name
            for field in fields(self.settings)
            if field.default is MISSING and field.default_factory is MISSING
        )

    def trains_by_epochs(self, model: str | None = None) -> bool:
        """Return whether ``model``, one of ``models``, trains by epochs; None is the default."""
        return issubclass(self.settings, EpochSettings) and model not in self.models_without_epochs

    def has(self, setting: str, *, model: str | None = None) -> bool:
        """Return whether ``setting`` applies to ``model``, one of ``models``; None: the default."""
        if setting in EPOCH_OPTIONS and not self.trains_by_epochs(model):
            return False
        return setting in {field.name for field in fields(self.settings)}

    def trains_on_several(self, settings: Settings) -> bool:
        """Return whether several machines, or several devices, can train with ``settings``."""
        return self.several_machines and self.trains_by_epochs(model_of(settings))

    def devices_used(self, settings: Settings, backend: Backend) -> int:
        """Return how many of this machine's devices train: all, or one where only one can.

        JAX and PyTorch use one, and so do recipes that only train on one machine.
        """
        several = backend.name == "tensorflow" and self.trains_on_several(settings)
        return backend.device.present if several else 1

    def name_of(self, settings: Settings) -> str:
        """Return the name of the recipe and of the chosen model, for a message."""
        model = model_of(settings)
        return self.name if model is None else f"{self.name} with the model {model}"

    def prepare(self, settings: Settings) -> "Training":
        """Read the data and return the training, ready to run.

        What a user should know about the data is said as DataWarning.

        Raises SettingsError for settings, and DataError for data, that cannot be used.
        """
        training: Training = import_module(f"{RECIPES[self.name]}.training").prepare(settings)
        for finding in training.findings:
            warnings.warn(finding.line, DataWarning, stacklevel=2)
        return training


def load_recipe(name: str) -> Recipe:
    """Return the recipe ``name``, one of RECIPES.

    Raises SettingsError for any other name.
    """
    if name not in RECIPES:
        raise SettingsError(f"Expected a recipe of {', '.join(RECIPES)}; got {name!r}.")
    recipe: Recipe = import_module(RECIPES[name]).RECIPE
    return recipe


def check_settings(recipe: Recipe, settings: Settings) -> None:
    """Check that ``settings`` belong to ``recipe`` and apply to the model that they choose.

    Raises SettingsError if they do not.
    """
    if type(settings) is not recipe.settings:
        raise SettingsError(
            f"Expected {recipe.settings.__name__} for {recipe.name}, got {type(settings).__name__}."
        )
    model, place = model_of(settings), recipe.name_of(settings)
    chosen = [field.name for field in fields(settings) if getattr(settings, field.name) is not None]
    for name in chosen:
        if not recipe.has(name, model=model):
            raise SettingsError(does_not_apply(name, called=name, place=place))


def does_not_apply(setting: str, *, called: str, place: str) -> str:
    """Return the message for a ``setting`` that ``place`` lacks. ``called`` is the user's word."""
    return (
        f"Expected no {called} for {place}: it only applies to {', '.join(recipes_with(setting))}."
    )


def recipes_with(setting: str) -> list[str]:
    """Return the names of the recipes that have ``setting``."""
    return [name for name in RECIPES if load_recipe(name).has(setting)]
