"""What a search varies: the settings, their values, and how a sampler draws them."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Literal, NamedTuple, TypeAlias, get_args, get_origin, get_type_hints

from satchel_train.errors import SettingsError
from satchel_train.recipe import Recipe
from satchel_train.settings import ClassifierSettings, Settings, model_of
from satchel_train.training_loop.hyper_parameters import HyperParameters

Varied: TypeAlias = Literal["learning_rate", "weight_decay", "augment"]
VARIED: tuple[Varied, ...] = get_args(Varied)
SEEDS = 3
"""The trainings of a trial, unless the caller says otherwise."""
RATE_FACTOR = 10.0
"""The learning rate is searched from a tenth of the recipe's own to ten times it."""
WEIGHT_DECAYS = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""The weight decays that are tried, besides the recipe's own."""
OWN = "own"
"""The word for the recipe's own augmentation."""
NONE = "none"
MOST_TOGETHER = 2
"""The most augmentations that are tried together, besides the recipe's own."""


class SearchSpace(NamedTuple):
    """The settings that a search varies. The others are as the user chose them."""

    varied: tuple[Varied, ...]
    hyper: HyperParameters
    """The hyper-parameters without the search, which the first trial has."""
    augments: tuple[str, ...]
    """The names of the recipe's augmentations."""

    def first(self) -> dict[str, Any]:
        """Return the parameters of the first trial: the recipe's own."""
        own = {
            "learning_rate": self.hyper.learning_rate,
            "weight_decay": self.hyper.weight_decay,
            "augment": OWN,
        }
        return {name: own[name] for name in self.varied}

    def draw(self, trial: Any) -> dict[str, Any]:
        """Return the settings that the sampler of ``trial``, an optuna.Trial, draws."""
        found: dict[str, Any] = {}
        if "learning_rate" in self.varied:
            rate = self.hyper.learning_rate
            found["learning_rate"] = trial.suggest_float(
                "learning_rate", rate / RATE_FACTOR, rate * RATE_FACTOR, log=True
            )
        if "weight_decay" in self.varied:
            decays = sorted({*WEIGHT_DECAYS, self.hyper.weight_decay})
            found["weight_decay"] = trial.suggest_categorical("weight_decay", decays)
        if "augment" in self.varied:
            found["augment"] = trial.suggest_categorical("augment", augment_words(self.augments))
        return settings_of(found)


def varied_settings(recipe: Recipe, settings: ClassifierSettings) -> tuple[Varied, ...]:
    """Return the names of the settings that ``settings`` leave to the recipe.

    Raises SettingsError if they leave none.
    """
    model = model_of(settings)
    applying = [name for name in VARIED if recipe.has(name, model=model)]
    varied = tuple(name for name in applying if getattr(settings, name) is None)
    if not varied:
        raise SettingsError(
            f"Expected one of {', '.join(applying)} to search for, got a value for each: leave one"
            " out."
        )
    return varied


def search_space(
    recipe: Recipe, settings: ClassifierSettings, hyper: HyperParameters
) -> SearchSpace:
    """Return the space of the settings that ``settings`` leave to the recipe.

    ``hyper`` are the hyper-parameters of ``settings``. Raises as ``varied_settings``.
    """
    return SearchSpace(varied_settings(recipe, settings), hyper, augment_names(type(settings)))


def settings_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a trial's ``parameters``, by name.

    A number has three digits: more of them decide nothing, and nobody wants to type them.
    """
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if name == "augment":
            found[name] = augment_of(value)
        else:
            found[name] = float(f"{value:.3g}")
    return found


def augment_names(settings: type[Settings]) -> tuple[str, ...]:
    """Return the names of the augmentations that the field ``augment`` of ``settings`` takes."""
    return _words(get_type_hints(settings).get("augment"))


def augment_words(names: Sequence[str]) -> list[str]:
    """Return what is tried: the recipe's own augmentation, none, one or two of ``names``.

    >>> augment_words(["shift", "mirror"])
    ['own', 'none', 'shift', 'mirror', 'shift,mirror']
    """
    counts = range(1, MOST_TOGETHER + 1)
    return [OWN, NONE, *(",".join(some) for count in counts for some in combinations(names, count))]


def augment_of(word: str) -> tuple[str, ...] | None:
    """Return the setting ``augment`` for one of ``augment_words``; None for the recipe's own."""
    if word == OWN:
        return None
    return () if word == NONE else tuple(word.split(","))


def shown(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a trial as short texts, by name."""
    return {
        name: f"{value:.3g}" if isinstance(value, float) else str(value)
        for name, value in parameters.items()
    }


def _words(hint: Any) -> tuple[str, ...]:
    """Return the words of every Literal in ``hint``, however deep."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return tuple(word for part in get_args(hint) for word in _words(part))
