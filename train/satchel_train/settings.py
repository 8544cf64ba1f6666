"""The settings of a training that several recipes have in common.

Every recipe has a frozen dataclass of its own, below one of these, in its folder's ``__init__``.
Nothing heavy is imported here: the help of the command shows these fields.
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from satchel_train.data.augment_names import AugmentName, check_augments
from satchel_train.errors import SettingsError
from satchel_train.training_loop.hyper_parameters import ClassWeights, Schedule
from satchel_train.training_loop.optimizers import OptimizerName

MAX_SEED = 2**32 - 1
"""NumPy takes no larger seed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of every recipe.

    Raises SettingsError for a value that is out of range.
    """

    seed: int = 7
    """Seed of all random numbers, 0 to 4294967295. The same seed gives the same weights on a
    CPU."""
    data_dir: Path | None = None
    """Folder of the publisher's files, or the user's own data; None downloads the data set."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):
            _check_kind(field.name, getattr(self, field.name), hints[field.name])
        if not 0 <= self.seed <= MAX_SEED:
            raise SettingsError(f"Expected a seed from 0 to {MAX_SEED}, got {self.seed}.")


@dataclass(frozen=True, kw_only=True)
class EpochSettings(Settings):
    """The settings of a recipe that trains by epochs. None leaves the choice to the recipe."""

    epochs: int | None = None
    """Passes over the training data, at least 1; a recipe with patience may stop earlier."""
    learning_rate: float | None = None
    """The highest learning rate of the schedule, above 0."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epochs is not None and self.epochs < 1:
            raise SettingsError(f"Expected at least 1 as epochs, got {self.epochs}.")
        if self.learning_rate is not None and not 0 < self.learning_rate < math.inf:
            raise SettingsError(
                f"Expected a learning_rate above 0 and finite, got {self.learning_rate}."
            )


@dataclass(frozen=True, kw_only=True)
class ClassifierSettings(EpochSettings):
    """The settings of a recipe for a classifier. None leaves the choice to the recipe."""

    optimizer: OptimizerName | None = None
    """Name of the optimizer. Without a learning_rate it brings its own."""
    schedule: Schedule | None = None
    """How the learning rate changes over the steps of the training."""
    class_weights: ClassWeights | None = None
    """Whether a rare label counts as much as a common one in the loss: ``none`` or ``balanced``."""
    weight_decay: float | None = None
    """The share by which a step of rate 1 shrinks a kernel, from 0; adamw takes 0 as Keras's
    default."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weight_decay is not None and not 0 <= self.weight_decay < math.inf:
            raise SettingsError(
                f"Expected a weight_decay from 0 and finite, got {self.weight_decay}."
            )


@dataclass(frozen=True, kw_only=True)
class ImageClassifierSettings(ClassifierSettings):
    """The settings of a recipe for a classifier of images."""

    augment: tuple[AugmentName, ...] | None = None
    """Names of the changes to training images, () for none. None: the recipe's own on its own data
    set, ``shift`` and ``crop`` on images of the user's."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.augment is not None:
            check_augments(self.augment)


@dataclass(frozen=True, kw_only=True)
class StudentSettings(ClassifierSettings):
    """The settings of a recipe for a classifier that may learn from another model."""

    teacher: Path | None = None
    """Model folder of a classifier with the same labels, whose scores the model learns, too."""
    init_from: Path | None = None
    """Model folder or Keras file. Layers of the same name and shape begin with its weights."""


def model_of(settings: Settings) -> str | None:
    """Return the model that ``settings`` choose, or None if the recipe has only one."""
    model: str | None = getattr(settings, "model", None)
    return model


def choices(settings: type[Settings], name: str) -> tuple[str, ...]:
    """Return the choices of the field ``name``; an empty tuple if it has no fixed choices."""
    return _words(get_type_hints(settings).get(name))


def _check_kind(name: str, value: Any, hint: Any) -> None:
    """Raise SettingsError for a ``value`` that is not of the type ``hint``."""
    plain = [kind for kind in _parts(hint) if get_origin(kind) is not Literal]
    kinds = tuple(get_origin(kind) or kind for kind in plain)
    if float in kinds:
        kinds += (int,)
    of_numbers = any(get_origin(kind) is tuple and float in get_args(kind) for kind in plain)
    if words := _words(hint):
        if value not in words and not (value is None and NoneType in kinds):
            raise SettingsError(f"Expected {name} of {', '.join(words)}; got {value!r}.")
    elif of_numbers and isinstance(value, tuple):
        # What is in a tuple of names is checked by the class that has the field.
        if not all(isinstance(each, float | int) for each in value):
            raise SettingsError(f"Expected a tuple of numbers as {name}, got {value!r}.")
    elif not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        expected = " or ".join(kind.__name__ for kind in kinds if kind is not NoneType)
        raise SettingsError(f"Expected {expected} as {name}, got {value!r}.")


def _parts(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the one type that ``hint`` is."""
    return (hint,) if isinstance(hint, type) or get_origin(hint) is Literal else get_args(hint)


def _words(hint: Any) -> tuple[str, ...]:
    return tuple(
        word for part in _parts(hint) if get_origin(part) is Literal for word in get_args(part)
    )
