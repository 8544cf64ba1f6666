"""Trains a model without labels, epoch by epoch, and on after an interruption.

``fit`` is its counterpart for classifiers, with a validation part to choose the best epoch by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.training_loop.epoch_callback import epoch_callback
from satchel_train.training_loop.history import EpochT, History
from satchel_train.training_loop.progress import EpochReport
from satchel_train.training_loop.variables import assign, values

MOST_STEPS = 100
"""Of an epoch: after more, a checkpoint and a point of the curves would be long in coming"""


def epoch_steps(images: int, batch_size: int) -> int:
    """Return how many batches an epoch has: MOST_STEPS, or fewer that show as many images."""
    return min(MOST_STEPS, -(-images // batch_size))


@dataclass
class Course(Generic[EpochT]):
    """What a training has measured, and the images it has made on the way."""

    epochs: list[EpochT] = field(default_factory=list)
    stages: list[NDArray[np.uint8]] = field(default_factory=list)
    """Each (n, height, width, 3), as of some epochs"""


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
        model: a keras.Model.
        batches: what ``drawn_batches`` returns.
        course: empty; what ``measure`` adds to it goes into the checkpoint, too.
        epochs: in all.
        epoch_type: what ``measure`` returns.
        measure: the epoch's number, counted from 1, its mean losses by name and its seconds, to
            what is noted of it.
        execution: on one machine.

    Raises CheckpointError for a checkpoint that cannot be read or written.

    """
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    checkpoint = execution.checkpoint
    saved = checkpoint.load() if checkpoint else None
    if saved is not None:
        arrays, progress = saved
        assign(variables, arrays[: len(variables)])
        course.stages.extend(arrays[len(variables) :])
        course.epochs.extend(epoch_type(*epoch) for epoch in progress)
    done = len(course.epochs)

    def ended(epoch: EpochT) -> None:
        course.epochs.append(epoch)
        if checkpoint is not None:
            arrays = [*values(variables), *course.stages]
            checkpoint.save(arrays, [list(epoch) for epoch in course.epochs])

    report = EpochReport(execution.on_progress, epochs=epochs, steps=len(batches), done=done)
    noting = epoch_callback(batches, report, measure=measure, ended=ended)
    if done < epochs:
        model.fit(
            batches,
            initial_epoch=done,
            epochs=epochs,
            # Keras would shuffle the batches once more, and differently after a resumption.
            shuffle=False,
            callbacks=[noting, *execution.callbacks],
            verbose=0,
        )
    return History(course.epochs, len(course.epochs))
