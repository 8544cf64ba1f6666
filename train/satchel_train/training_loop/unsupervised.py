"""Trains a model without labels, epoch by epoch. An interrupted training can be resumed.

The module ``fit`` does the same for classifiers, with a validation part to choose the best epoch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.training_loop.divergence import check_rate, divergence_guard
from satchel_train.training_loop.epoch_callback import epoch_callback
from satchel_train.training_loop.history import EpochT, History
from satchel_train.training_loop.progress import EpochReport
from satchel_train.training_loop.replica_step import Objective
from satchel_train.training_loop.replicas import scope_of
from satchel_train.training_loop.variables import assign, values

MOST_STEPS = 100
"""The most steps of an epoch. With more, checkpoints and points of the curves would be too rare."""


def epoch_steps(images: int, batch_size: int) -> int:
    """Return the number of batches in an epoch: enough to show all images, at most MOST_STEPS."""
    return min(MOST_STEPS, -(-images // batch_size))


@dataclass
class Course(Generic[EpochT]):
    """The figures of a training so far, and the images that it has made."""

    epochs: list[EpochT] = field(default_factory=list)
    stages: list[NDArray[np.uint8]] = field(default_factory=list)
    """The images of some epochs, each uint8 (n, height, width, 3)."""


def fit_unsupervised(
    model: Any,
    batches: Any,
    *,
    course: Course[EpochT],
    epochs: int,
    epoch_type: Callable[..., EpochT],
    measure: Callable[[int, Mapping[str, float], float], EpochT],
    execution: Execution = PLAIN,
) -> History[EpochT]:
    """Train ``model``, which is compiled, in place and return its history.

    Args:
        model: a model of ``build_loss_model``, compiled, and with replicas built in their scope.
        batches: the result of ``drawn_batches``.
        course: an empty course. Images that ``measure`` adds to it are saved in the checkpoint.
        epochs: the number of all epochs.
        epoch_type: the type that ``measure`` returns.
        measure: a function from the epoch's number, counted from 1, its mean losses by name and its
            seconds to the record of the epoch.
        execution: the conditions of the training. Replicas need losses that are means over rows.

    Raises CheckpointError for a checkpoint that cannot be read or written, DivergedError for losses
    or weights that are no longer finite, WorkersError when another worker is lost.

    """
    workers = execution.workers
    with scope_of(workers):
        model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    checkpoint = execution.checkpoint
    rate = float(values([model.optimizer.learning_rate])[0])
    saved = checkpoint.load() if checkpoint else None
    if saved is not None:
        arrays, progress = saved
        assign(variables, arrays[: len(variables)])
        course.stages.extend(arrays[len(variables) :])
        course.epochs.extend(epoch_type(*epoch) for epoch in progress)
    done = len(course.epochs)
    check_rate(rate, done=done, execution=execution)
    if done:
        # The checkpoint holds the rate, too, which may be the one that diverged.
        model.optimizer.learning_rate = rate

    def ended(epoch: EpochT) -> None:
        course.epochs.append(epoch)
        if checkpoint is not None and (workers is None or workers.writes):
            arrays = [*values(variables), *course.stages]
            checkpoint.save(arrays, [list(epoch) for epoch in course.epochs])

    report = EpochReport(execution.on_progress, epochs=epochs, steps=len(batches), done=done)
    noting = epoch_callback(batches, report, measure=measure, ended=ended)
    guard = divergence_guard(model, learning_rate=rate, epochs=epochs, execution=execution)
    every = [guard, noting, *execution.callbacks]
    if done == epochs:
        return History(course.epochs, done)
    if workers is not None:
        workers.fit(
            model,
            objective=_objective(model),
            batches=batches,
            first_epoch=done,
            epochs=epochs,
            callbacks=every,
        )
    else:
        model.fit(
            batches,
            initial_epoch=done,
            epochs=epochs,
            # Keras would shuffle the batches once more, and differently after a resumption.
            shuffle=False,
            callbacks=every,
            verbose=0,
        )
    return History(course.epochs, len(course.epochs))


def _objective(model: Any) -> Objective:
    def objective(rows: Any, *, training: bool) -> tuple[Any, Mapping[str, Any]]:
        (inputs,) = rows
        figures = model(inputs, training=training)
        return sum(model.losses), figures

    return objective
