"""Several trainings of one classifier to compare: K folds, or several optimizers."""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from satchel_train.classification import Classification
from satchel_train.errors import DivergedError, SettingsError
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.recipe import check_settings, load_recipe
from satchel_train.settings import MAX_SEED, ClassifierSettings, Settings, model_of
from satchel_train.training_loop.device import DeviceChoice, PrecisionChoice, open_backend
from satchel_train.training_loop.fit import make_reproducible
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.memory import reporting_memory_shortage
from satchel_train.training_loop.optimizers import OPTIMIZER_NAMES, SEEDS, OptimizerName
from satchel_train.training_loop.progress import OnProgress, in_part, silent
from satchel_train.training_loop.replicas import several_devices


class Run(NamedTuple):
    """One training of a study."""

    seed: int
    accuracy: float
    """The accuracy from 0 to 1. For a fold, it is measured on the samples that were held out."""
    history: History[Epoch]


class Row(NamedTuple):
    """The trainings of a study with the same fold or optimizer, at least one."""

    name: str
    """The number of the fold, or the name of the optimizer."""
    learning_rate: float
    """The highest learning rate of the schedule."""
    runs: Sequence[Run]

    @property
    def accuracy(self) -> float:
        """The mean accuracy of the trainings, 0 to 1."""
        return statistics.mean(run.accuracy for run in self.runs)

    @property
    def history(self) -> History[Epoch]:
        """The history of the first training."""
        return self.runs[0].history


class Diverged(NamedTuple):
    """A training of a study that ended without a model."""

    name: str
    """The number of the fold, or the name of the optimizer."""
    seed: int
    reason: str


class CrossValidation(NamedTuple):
    """Trainings that differ in one property."""

    title: str
    """The name of the model."""
    varied: str
    """The property that differs: ``fold`` or ``optimizer``."""
    rates: str
    """The origin of the learning rates, in words."""
    rows: Sequence[Row]
    diverged: Sequence[Diverged] = ()
    """The trainings of optimizers that diverged. They are in no row."""


def cross_validate(
    recipe: str,
    settings: ClassifierSettings,
    *,
    folds: int,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "auto",
    on_progress: OnProgress = silent,
) -> CrossValidation:
    """Train ``recipe`` once for each of ``folds`` parts and measure each model on its own part.

    Args:
        recipe: the name of a recipe for a classifier that trains by epochs.
        settings: an object of the recipe's own dataclass.
        folds: 2 or more, at most as many as the rarest label has training samples.
        device: the kind of device to train on; ``auto`` takes the fastest.
        precision: Keras's dtype policy; ``auto`` is mixed where the device is made for it.
        on_progress: is called at every step and epoch; ``part`` names the fold.

    Raises SettingsError for settings that cannot be cross-validated, and as ``train`` raises.

    """
    check_study(recipe, settings)
    training, execution = prepare_study(recipe, settings, device, precision, on_progress)
    return fit_folds(training, folds=folds, execution=execution)


def compare_optimizers(
    recipe: str,
    settings: ClassifierSettings,
    *,
    optimizers: Sequence[OptimizerName] = OPTIMIZER_NAMES,
    seeds: int = SEEDS,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "auto",
    on_progress: OnProgress = silent,
) -> CrossValidation:
    """Train ``recipe`` with each of ``optimizers``, and measure on the validation part.

    Each optimizer has its default rate, which is not tuned for the recipe, unless the settings have
    a learning rate for all. An optimizer that diverges does not end the study.

    Args:
        recipe: as for ``cross_validate``.
        settings: as for ``cross_validate``.
        optimizers: their names.
        seeds: the number of trainings with each optimizer, at least 1. They begin with the seed of
            the settings and the ones after it. The split of the data stays the same.
        device: as for ``cross_validate``.
        precision: as for ``cross_validate``.
        on_progress: is called at every step and epoch; ``part`` names the optimizer and the seed.

    Raises SettingsError for settings that cannot be compared, and as ``train`` raises.

    """
    check_study(recipe, settings)
    training, execution = prepare_study(recipe, settings, device, precision, on_progress)
    return fit_each(training, optimizers, seeds=seeds, execution=execution)


def check_study(recipe: str, settings: Settings) -> ClassifierSettings:
    """Return ``settings`` if several trainings of ``recipe`` with them can be compared.

    Raises SettingsError for a recipe that is not a classifier which trains by epochs, and for
    settings with fine-tuning.
    """
    found = load_recipe(recipe)
    check_settings(found, settings)
    if not isinstance(settings, ClassifierSettings) or not found.trains_by_epochs(
        model_of(settings)
    ):
        name = found.name_of(settings)
        raise SettingsError(f"Expected a classifier that trains by epochs, got {name}.")
    if getattr(settings, "quantization_aware", False):
        raise SettingsError("Expected one of a study and quantization_aware, got both.")
    return settings


def prepare_study(
    recipe: str,
    settings: ClassifierSettings,
    device: DeviceChoice,
    precision: PrecisionChoice,
    on_progress: OnProgress,
) -> tuple[Classification, Execution]:
    """Return a training that ``check_study`` accepts, and how each training of the study runs.

    Raises DeviceError, and DataError for data that cannot be used.
    """
    backend = open_backend(device, precision)
    make_reproducible(settings.seed)
    training = load_recipe(recipe).prepare(settings)
    assert isinstance(training, Classification), "check_study looked"
    several = load_recipe(recipe).devices_used(settings, backend) > 1
    workers = several_devices(backend.device.kind) if several else None
    return training, Execution(
        precision=backend.precision, workers=workers, on_progress=on_progress
    )


@reporting_memory_shortage()
def fit_folds(
    training: Classification, *, folds: int, execution: Execution = PLAIN
) -> CrossValidation:
    """Train once for each of ``folds`` equal parts of the training part, and measure on that part.

    Every fold has the labels in the same proportions. The validation part still decides when to
    stop, and the evaluation part is not used.

    Raises SettingsError for fewer than two folds, and if a label has fewer samples than folds.
    """
    from sklearn.model_selection import StratifiedKFold

    samples = training.parts.train
    rarest = int(np.bincount(samples.labels).min())
    if not 2 <= folds <= rarest:
        raise SettingsError(
            f"Expected 2 to {rarest} folds, as many as the rarest label has samples; got {folds}."
        )
    seed = training.settings.seed
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32)
    rows = []
    for number, (kept, held_out) in enumerate(splits.split(samples.labels, samples.labels), 1):
        parts = training.parts._replace(train=samples.take(kept))
        part = f"fold {number} of {folds}"
        model, history = _fit(replace(training, parts=parts), execution, part)
        run = Run(seed, training.accuracy(model, samples.take(held_out)), history)
        rows.append(Row(str(number), training.chosen_hyper().learning_rate, [run]))
    return CrossValidation(training.card.name, "fold", "", rows)


@reporting_memory_shortage()
def fit_each(
    training: Classification,
    names: Sequence[OptimizerName],
    *,
    seeds: int = 1,
    execution: Execution = PLAIN,
) -> CrossValidation:
    """Train with each of the optimizers ``names`` from ``seeds`` seeds, and measure on validation.

    Raises SettingsError for fewer seeds than 1.
    """
    if seeds < 1:
        raise SettingsError(f"Expected at least 1 seed, got {seeds}.")
    rows, diverged = [], []
    for name in names:
        settings = replace(training.settings, optimizer=name)
        runs = []
        for number in range(seeds):
            seed = (settings.seed + number) % (MAX_SEED + 1)
            one = replace(training, settings=replace(settings, seed=seed))
            try:
                model, history = _fit(one, execution, f"{name}, seed {seed}")
            except DivergedError as error:
                diverged.append(Diverged(name, seed, str(error)))
                continue
            runs.append(Run(seed, training.accuracy(model, training.parts.validation), history))
        if runs:
            rows.append(Row(name, one.chosen_hyper().learning_rate, runs))
    own = training.settings.learning_rate is None
    rates = "default rate, not tuned" if own else "same rate for all, not tuned"
    return CrossValidation(training.card.name, "optimizer", rates, rows, diverged)


def _fit(
    training: Classification, execution: Execution, part: str
) -> tuple[object, History[Epoch]]:
    # Every training begins with the same weights.
    make_reproducible(training.settings.seed)
    on_progress = in_part(part, execution.on_progress)
    return training.fit(replace(execution, on_progress=on_progress))
