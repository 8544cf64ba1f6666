"""Trains a recipe, from its settings to a model folder: the library behind ``satchel train``."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from satchel.bundle import Json
from satchel_train.fitting.execution import Execution
from satchel_train.measurement import Measurement
from satchel_train.model_folder import check_target, write_model_folder
from satchel_train.provenance import backend_name, card_provenance, training_record
from satchel_train.recipe import Recipe, check_settings, load_recipe
from satchel_train.settings import Settings
from satchel_train.training_checks import check_checkpoint, check_cluster, check_tensorboard
from satchel_train.training_loop.checkpoint import Checkpoint, checkpoint_path
from satchel_train.training_loop.device import (
    Backend,
    DeviceChoice,
    PrecisionChoice,
    open_backend,
)
from satchel_train.training_loop.fit import make_reproducible
from satchel_train.training_loop.history import AnyHistory
from satchel_train.training_loop.memory import reporting_memory_shortage
from satchel_train.training_loop.progress import OnProgress, silent
from satchel_train.training_loop.replicas import Replicas, several_devices
from satchel_train.training_loop.workers import Cluster, Workers


@dataclass(frozen=True)
class TrainingResult:
    """A trained model, where it was written, and what was measured."""

    recipe: str
    folder: Path | None
    """The model folder; None for a worker other than the first, which writes nothing."""
    model: Any
    """The trained keras.Model, in float32."""
    measured: Mapping[str, float]
    """Figures of the evaluation part by name, such as ``test_accuracy`` (0 to 1)."""
    test_time_augmentation: Mapping[str, Json]
    """What several predictions of each sample reach together: ``mean_of`` and, 0 to 1,
    ``accuracy_of_mean``. Empty if it was not measured. A bundle predicts once."""
    measurement: Measurement | None
    """The figures of a classifier, label by label, with intervals. None for other models."""
    history: AnyHistory | None
    """The figures of every epoch. None if nothing was trained by epochs."""
    evaluation_samples: int
    parameters: int
    """Numbers in the model's weights."""
    seconds: float
    """Duration of the training, including the time before an interruption."""


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """A training whose settings are checked, and that has not begun."""

    recipe: Recipe
    settings: Settings
    out: Path
    replace: bool
    device: DeviceChoice
    precision: PrecisionChoice
    cluster: Cluster | None
    tensorboard: Path | None

    @reporting_memory_shortage()
    def run(
        self, *, on_progress: OnProgress = silent, command: str | None = None
    ) -> TrainingResult:
        """Train, write the model folder and return the result.

        ``training.json`` records ``command``, the command line that was typed, if there was one.

        Raises what ``train`` raises.
        """
        backend = open_backend(self.device, self.precision)
        workers = self._workers(backend)
        make_reproducible(self.settings.seed)
        started = time.monotonic()
        training = self.recipe.prepare(self.settings)
        identity = self._identity(training.data_sha256, backend.precision)
        checkpoint = Checkpoint(checkpoint_path(self.out), identity)
        trained = training.run(
            Execution(
                precision=backend.precision,
                workers=workers,
                checkpoint=checkpoint,
                callbacks=_callbacks(self.tensorboard if self.writes else None),
                on_progress=on_progress,
            )
        )
        seconds = checkpoint.seconds_before + time.monotonic() - started
        if self.writes:
            write_model_folder(
                self.out,
                trained,
                replace=self.replace,
                provenance=card_provenance(self.recipe, self.settings, trained),
                training=training_record(
                    self.recipe,
                    self.settings,
                    trained,
                    findings=training.findings,
                    seconds=seconds,
                    backend=backend,
                    machines=self.machines,
                    devices=1 if workers is None else workers.count,
                    command=command,
                    diverged=checkpoint.diverged,
                ),
            )
            checkpoint.remove()
        return TrainingResult(
            recipe=self.recipe.name,
            folder=self.out if self.writes else None,
            model=trained.model,
            measured=trained.measured,
            test_time_augmentation=trained.test_time_augmentation,
            measurement=trained.measurement,
            history=trained.history,
            evaluation_samples=len(trained.evaluation.contents),
            parameters=trained.model.count_params(),
            seconds=seconds,
        )

    def devices_used(self, backend: Backend) -> int:
        """Return how many devices of this machine train on ``backend``."""
        return self.recipe.devices_used(self.settings, backend)

    @property
    def writes(self) -> bool:
        """Whether this process writes the checkpoint and the model folder."""
        return self.cluster is None or self.cluster.index == 0

    @property
    def machines(self) -> int:
        """The number of processes that train together."""
        return 1 if self.cluster is None else len(self.cluster.addresses)

    def _workers(self, backend: Backend) -> Replicas | None:
        """Return the machines or devices that train together; None for one device."""
        if self.cluster is not None:
            return Workers(self.cluster)
        if self.devices_used(backend) > 1:
            return several_devices(backend.device.kind)
        return None

    def _identity(self, data_sha256: str, precision: str) -> dict[str, Json]:
        """Return the properties that a checkpoint must share with the training that resumes it.

        The number of devices is not one: any number has the same result within rounding.
        """
        return {
            "recipe": self.recipe.name,
            **{
                field.name: _plain(getattr(self.settings, field.name))
                for field in fields(self.settings)
                if field.name != "data_dir"
            },
            "precision": precision,
            "data": data_sha256,
            "backend": backend_name(),
        }


def train(
    recipe: str,
    settings: Settings,
    *,
    out: str | os.PathLike[str],
    replace: bool = False,
    resume: bool = False,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "auto",
    cluster: Cluster | None = None,
    tensorboard: Path | None = None,
    on_progress: OnProgress = silent,
) -> TrainingResult:
    """Train ``recipe``, write its model folder to ``out`` and return the result.

    On a CPU, the same settings give exactly the same weights. All arguments are checked in
    milliseconds, before TensorFlow is imported and data is read.

    Args:
        recipe: one of RECIPES.
        settings: an object of the recipe's own dataclass, such as MnistSettings for ``mnist``.
        out: the model folder. Beside it is ``OUT.checkpoint`` while the training runs.
        replace: whether an existing model folder may be replaced, when the new one is complete.
        resume: whether to continue an interrupted training from ``OUT.checkpoint``.
        device: the kind of device to train on; ``auto`` takes the fastest. All devices of that kind
            train together.
        precision: Keras's dtype policy; ``auto`` is mixed where the device is made for it.
        cluster: the processes that train together, and which of them this is.
        tensorboard: a folder for TensorBoard's logs.
        on_progress: is called at every step and epoch.

    Raises:
        SettingsError: for settings of another recipe, and for settings that contradict each other.
        FolderError: if the model folder cannot be written, or must not be replaced.
        CheckpointError: for a checkpoint that is damaged or of another training.
        DataError: for data that is missing, damaged or cannot be downloaded.
        DeviceError: if there is no such device.
        MemoryShortageError: if the device or the machine has too little memory.
        DivergedError: for losses or weights that are no longer finite.
        WorkersError: when another process of the cluster is lost.

    """
    plan = plan_training(
        recipe,
        settings,
        out=out,
        replace=replace,
        resume=resume,
        device=device,
        precision=precision,
        cluster=cluster,
        tensorboard=tensorboard,
    )
    return plan.run(on_progress=on_progress)


def plan_training(
    recipe: str,
    settings: Settings,
    *,
    out: str | os.PathLike[str],
    replace: bool = False,
    resume: bool = False,
    device: DeviceChoice = "auto",
    precision: PrecisionChoice = "auto",
    cluster: Cluster | None = None,
    tensorboard: Path | None = None,
) -> TrainingPlan:
    """Return the training that ``train`` would run with the same arguments, after all checks.

    Raises SettingsError and FolderError as ``train`` does.
    """
    found = load_recipe(recipe)
    check_settings(found, settings)
    check_cluster(found, settings, cluster)
    if tensorboard is not None:
        check_tensorboard(found, settings)
    plan = TrainingPlan(
        recipe=found,
        settings=settings,
        out=Path(out),
        # The interrupted training was already allowed to write this folder.
        replace=replace or resume,
        device=device,
        precision=precision,
        cluster=cluster,
        tensorboard=tensorboard,
    )
    if plan.writes:
        check_target(plan.out, replace=plan.replace)
    check_checkpoint(plan.out, resume=resume)
    return plan


def _callbacks(log_dir: Path | None) -> list[Any]:
    """Return Keras's TensorBoard callback in a list, or an empty list without ``log_dir``."""
    if log_dir is None:
        return []
    import keras

    return [keras.callbacks.TensorBoard(log_dir, write_graph=False)]


def _plain(value: Any) -> Json:
    """Return the value of a setting as JSON gives it back."""
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value
