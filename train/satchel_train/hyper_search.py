"""Searches for the learning rate, weight decay and augmentation of a classifier, with Optuna.

Source: Akiba et al. 2019, Optuna: A Next-generation Hyperparameter Optimization Framework.
"""

import json
import os
import statistics
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from satchel.bundle import Json
from satchel_train.classification import Classification
from satchel_train.cross_validation import check_study, prepare_study
from satchel_train.errors import (
    CheckpointError,
    DataWarning,
    DivergedError,
    FolderError,
    SettingsError,
)
from satchel_train.fitting.execution import Execution
from satchel_train.hyper_search_space import (
    SEEDS,
    SearchSpace,
    search_space,
    settings_of,
    varied_settings,
)
from satchel_train.provenance import backend_name
from satchel_train.recipe import Recipe, load_recipe
from satchel_train.settings import MAX_SEED, ClassifierSettings, Settings
from satchel_train.training_loop.device import DeviceChoice, PrecisionChoice
from satchel_train.training_loop.fit import make_reproducible
from satchel_train.training_loop.memory import reporting_memory_shortage
from satchel_train.training_loop.progress import OnProgress, Progress, in_part, silent

JOURNAL = "search.journal"
"""The file of a search's trials. Optuna appends to it after every epoch."""
STARTUP_TRIALS = 4
"""The number of trials that run to their end before one may be stopped early."""
STUDY = "search"
"""The name of Optuna's study in the journal."""
IDENTITY = "identity"
"""The name of the study's attribute that says which search it is."""


class Trial(NamedTuple):
    """One choice of settings, and how accurate the models are that were trained with it."""

    number: int
    """The number of the trial, from 1."""
    parameters: Mapping[str, Any]
    """The values of the varied settings: an augmentation as the command's word, or ``own``."""
    accuracies: Sequence[float]
    """The validation accuracy of each seed, 0 to 1. Fewer than all, if it was stopped early."""
    accuracy: float | None
    """Their mean; None if the trial was stopped early."""
    epochs: int
    """The number of epochs of the first seed that were trained."""


class Search(NamedTuple):
    """The trials of a search, and the settings of the best one."""

    title: str
    """The name of the model."""
    seeds: int
    trials: Sequence[Trial]
    best: Trial
    settings: ClassifierSettings
    """The settings of the best trial, complete for ``train``."""


@dataclass(frozen=True)
class _Trainings:
    """Makes the training of each trial. The data is read once, if the augmentation is the same."""

    recipe: Recipe
    base: Classification
    made: dict[Any, Classification]

    def with_settings(self, settings: ClassifierSettings) -> Classification:
        """Return the training with ``settings``, on the same samples as all others."""
        augment = getattr(settings, "augment", None)
        if augment not in self.made:
            with warnings.catch_warnings():
                # The first reading has said what is in the data.
                warnings.simplefilter("ignore", DataWarning)
                again = self.recipe.prepare(settings)
            assert isinstance(again, Classification), "check_study looked"
            self.made[augment] = replace(again, parts=self.base.parts)
        return replace(self.made[augment], settings=settings)


@reporting_memory_shortage()
def search(
    recipe: str,
    settings: ClassifierSettings,
    *,
    trials: int,
    out: str | os.PathLike[str],
    seeds: int = SEEDS,
    resume: bool = False,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "auto",
    on_progress: OnProgress = silent,
) -> Search:
    """Return the best of ``trials`` choices of learning rate, weight decay and augmentation.

    A setting that ``settings`` choose is kept. The first trial has the recipe's own values. Each
    trial trains with ``seeds`` seeds, from ``settings.seed`` on, and the mean of their validation
    accuracies decides. A trial whose first training is less accurate than the median of the others
    at the same epoch is stopped. The evaluation part is not used. On a CPU, a search that was
    interrupted and resumed finds the same as an uninterrupted one.

    Args:
        recipe: the name of a recipe for a classifier that trains by epochs.
        settings: an object of the recipe's own dataclass.
        trials: the number of trials, 1 or more, with those before an interruption.
        out: a folder for the journal, from which ``resume`` goes on. It is made if it is not there.
        seeds: the number of trainings of a trial, 1 or more.
        resume: whether to go on with the search in ``out``. More trials than before may follow.
        device: the kind of device to train on; ``auto`` takes the fastest.
        precision: Keras's dtype policy; ``auto`` is mixed where the device is made for it.
        on_progress: is called at every step and epoch; ``part`` names trial and seed.

    Raises:
        SettingsError: for settings that cannot be searched, without Optuna, and for a search that
            is there already or is not there to resume.
        CheckpointError: for a damaged journal, or one of another search.
        FolderError: if ``out`` cannot be written.
        DivergedError: if every trial diverged. One that did is counted as stopped.

    """
    check_search(recipe, settings, trials=trials, out=out, seeds=seeds, resume=resume)
    found = load_recipe(recipe)
    base, execution = prepare_study(recipe, settings, device, precision, on_progress)
    space = search_space(found, settings, base.chosen_hyper())
    course = _Course(
        trainings=_Trainings(found, base, {getattr(settings, "augment", None): base}),
        space=space,
        trials=trials,
        seeds=seeds,
        execution=execution,
    )
    with _quiet_optuna():
        study = _open_study(Path(out) / JOURNAL, _identity(found, base, seeds, execution))
        course.run(study)
        return _result(study, space, base, seeds=seeds)


def check_search(
    recipe: str,
    settings: Settings,
    *,
    trials: int,
    out: str | os.PathLike[str],
    seeds: int = SEEDS,
    resume: bool = False,
) -> ClassifierSettings:
    """Return ``settings`` if ``search`` can run with the same arguments; make the folder ``out``.

    Raises SettingsError and FolderError as ``search`` does.
    """
    chosen = check_study(recipe, settings)
    varied_settings(load_recipe(recipe), chosen)
    for name, count in (("trials", trials), ("seeds", seeds)):
        if count < 1:
            raise SettingsError(f"Expected at least 1 of {name}, got {count}.")
    if find_spec("optuna") is None:
        raise SettingsError("Expected optuna, which searches, got none: pip install optuna.")
    path = Path(out) / JOURNAL
    if path.exists() and not resume:
        raise SettingsError(
            f"Expected no search in {str(path)!r}: resume it (--resume), or remove the file."
        )
    if resume and not path.exists():
        raise SettingsError(f"Expected a search to resume in {str(path)!r}, got no such file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(
            f"Expected a folder to write, got {str(out)!r}: {error.strerror or error}."
        ) from error
    return chosen


@dataclass(frozen=True)
class _Course:
    """The trials of a search, one after the other."""

    trainings: _Trainings
    space: SearchSpace
    trials: int
    seeds: int
    execution: Execution

    def run(self, study: Any) -> None:
        """Add trials to ``study``, an optuna.Study, until there are as many as were asked for."""
        import optuna

        _end_interrupted(study)
        while (done := len(_ended(study))) < self.trials:
            if not done and not study.get_trials(states=[optuna.trial.TrialState.WAITING]):
                study.enqueue_trial(self.space.first())
            # A generator of its own for each trial: a resumed search draws the same.
            seed = (self.trainings.base.settings.seed + done) % (MAX_SEED + 1)
            study.sampler = optuna.samplers.TPESampler(seed=seed)
            trial = study.ask()
            try:
                study.tell(trial, self._mean_accuracy(trial, number=done + 1))
            except (optuna.TrialPruned, DivergedError):
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)

    def _mean_accuracy(self, trial: Any, *, number: int) -> float:
        """Return the mean validation accuracy over the seeds; raises TrialPruned to stop early."""
        drawn = self.space.draw(trial)
        base = self.trainings.base.settings
        accuracies: list[float] = []
        for at in range(self.seeds):
            settings = replace(base, seed=(base.seed + at) % (MAX_SEED + 1), **drawn)
            part = f"trial {number} of {self.trials}, seed {settings.seed}"
            told = in_part(part, self.execution.on_progress)
            on_progress = told if at else _stopping(trial, told)
            training = self.trainings.with_settings(settings)
            accuracies.append(_fitted_accuracy(training, self.execution, on_progress))
            trial.set_user_attr("accuracies", accuracies)
        return statistics.mean(accuracies)


def _stopping(trial: Any, on_progress: OnProgress) -> OnProgress:
    """Return a function that tells ``trial`` of each epoch, and stops a poor one by an exception.

    Source: Golovin et al. 2017, Google Vizier, section 3.2.2: the median stopping rule.
    """
    import optuna

    def tell(progress: Progress) -> None:
        on_progress(progress)
        if progress.measured:
            trial.report(progress.measured["val_accuracy"], progress.epoch)
            trial.set_user_attr("epochs", progress.epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

    return tell


def _fitted_accuracy(
    training: Classification, execution: Execution, on_progress: OnProgress
) -> float:
    import keras

    # Forget what Keras keeps of the models before, whose memory would add up.
    keras.utils.clear_session(free_memory=False)
    make_reproducible(training.settings.seed)
    model, _ = training.fit(replace(execution, on_progress=on_progress))
    return training.accuracy(model, training.parts.validation)


def _identity(
    recipe: Recipe, base: Classification, seeds: int, execution: Execution
) -> dict[str, Json]:
    """Return the properties that a journal must share with the search that resumes it."""
    settings = base.settings
    return {
        "recipe": recipe.name,
        **{
            field.name: json.loads(json.dumps(getattr(settings, field.name), default=str))
            for field in fields(settings)
            if field.name != "data_dir"
        },
        "seeds": seeds,
        "data": base.data_sha256,
        "backend": backend_name(),
        "precision": execution.precision,
    }


def _open_study(path: Path, identity: Mapping[str, Json]) -> Any:
    """Return the optuna.Study in the journal ``path``, which is begun if it is not there."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(path))),
            study_name=STUDY,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
        )
        held = study.user_attrs.get(IDENTITY)
        if held is None:
            study.set_user_attr(IDENTITY, dict(identity))
            return study
    except OSError as error:
        raise FolderError(
            f"Expected a file to write, got {str(path)!r}: {error.strerror or error}."
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"Expected the journal of a search in {str(path)!r}, got a damaged or other file:"
            " remove it to search from the start."
        ) from error
    for name, value in identity.items():
        if held.get(name) != value:
            raise CheckpointError(
                f"Expected a search with {name} {value!r} in {str(path)!r}, got one with"
                f" {held.get(name)!r}."
            )
    return study


def _end_interrupted(study: Any) -> None:
    """Mark the trial that was interrupted as failed. It is drawn anew."""
    from optuna.trial import TrialState

    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.tell(trial.number, state=TrialState.FAIL)


def _ended(study: Any) -> list[Any]:
    """Return the trials that ended or were stopped, each an optuna.trial.FrozenTrial."""
    from optuna.trial import TrialState

    states = [TrialState.COMPLETE, TrialState.PRUNED]
    found: list[Any] = study.get_trials(states=states)
    return found


def _result(study: Any, space: SearchSpace, base: Classification, *, seeds: int) -> Search:
    trials = [
        Trial(
            number=number,
            parameters={name: ended.params[name] for name in space.varied},
            accuracies=ended.user_attrs.get("accuracies", []),
            accuracy=None if ended.state.name == "PRUNED" else ended.value,
            epochs=ended.user_attrs.get("epochs", 0),
        )
        for number, ended in enumerate(_ended(study), 1)
    ]
    best = max(trials, key=lambda trial: -1 if trial.accuracy is None else trial.accuracy)
    if best.accuracy is None:
        raise DivergedError(
            f"Expected a trial with finite losses, all {len(trials)} diverged: choose a lower"
            " --learning-rate, or search in more trials."
        )
    return Search(
        title=base.card.name,
        seeds=seeds,
        trials=trials,
        best=best,
        settings=replace(base.settings, **settings_of(best.parameters)),
    )


@contextmanager
def _quiet_optuna() -> Iterator[None]:
    """Make a context in which Optuna prints warnings only, because a library prints nothing."""
    from optuna import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.WARNING)
    try:
        yield
    finally:
        logging.set_verbosity(before)
