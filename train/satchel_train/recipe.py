"""What a recipe is, and which there are. Nothing heavy is imported until one is prepared."""

from dataclasses import MISSING, dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING

from satchel_train.errors import SettingsError
from satchel_train.settings import EpochSettings, Settings, choices, model_of

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
"""Name to the package that holds RECIPE, and in its module ``training`` the function ``prepare``"""

EPOCH_OPTIONS = frozenset({"epochs", "learning_rate", "optimizer", "schedule"})
"""Settings that say nothing to a model that does not train by epochs"""


@dataclass(frozen=True)
class Recipe:
    """A training program for one model, or for several of one data set."""

    name: str
    summary: str
    settings: type[Settings]
    """The dataclass of what may be chosen"""
    models_without_epochs: frozenset[str] = frozenset()
    """Those of ``models`` that are fitted in another way"""
    several_machines: bool = False
    """Whether workers can train it together"""

    @property
    def models(self) -> tuple[str, ...]:
        """What the setting ``model`` chooses from, the default first; empty for one model only."""
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
        """Return whether ``model``, one of ``models``, does; None asks of the default."""
        return issubclass(self.settings, EpochSettings) and model not in self.models_without_epochs

    def has(self, setting: str, *, model: str | None = None) -> bool:
        """Return whether ``setting`` may be chosen for ``model``; None asks of the default."""
        if setting in EPOCH_OPTIONS and not self.trains_by_epochs(model):
            return False
        return setting in {field.name for field in fields(self.settings)}

    def name_of(self, settings: Settings) -> str:
        """Return the recipe's name with the model that ``settings`` choose, for a message."""
        model = model_of(settings)
        return self.name if model is None else f"{self.name} with the model {model}"

    def prepare(self, settings: Settings) -> "Training":
        """Read the data and return the training, ready to run.

        Raises SettingsError and DataError as settings and data give reason to.
        """
        training: Training = import_module(f"{RECIPES[self.name]}.training").prepare(settings)
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
    """Check that ``settings`` are those of ``recipe`` and apply to the model that they choose.

    Raises SettingsError where they are not.
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
    """Return the message for a ``setting``, ``called`` so by the user, that ``place`` lacks."""
    return (
        f"Expected no {called} for {place}: it does not apply there, but to"
        f" {', '.join(recipes_with(setting))}."
    )


def recipes_with(setting: str) -> list[str]:
    """Return the names of the recipes that have ``setting``."""
    return [name for name in RECIPES if load_recipe(name).has(setting)]
