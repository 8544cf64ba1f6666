"""Trains a model without labels, epoch by epoch, and on after an interruption.

``fit`` is its counterpart for classifiers, with a validation part to choose the best epoch by.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from satchel_train.checkpoint import Checkpoint
from satchel_train.history import EpochT, History
from satchel_train.progress import open_progress
from satchel_train.variables import assign, values


@dataclass
class Course(Generic[EpochT]):
    """What a training has measured, and the pictures it has made on the way."""

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
    checkpoint: Checkpoint | None = None,
    callbacks: Sequence[Any] = (),
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
        checkpoint: to go on from where it holds anything, and to save every epoch in.
        callbacks: for Keras.

    Raises CheckpointError for a checkpoint that cannot be read or written.

    """
    import keras

    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    saved = checkpoint.load() if checkpoint else None
    if saved is not None:
        arrays, progress = saved
        assign(variables, arrays[: len(variables)])
        course.stages.extend(arrays[len(variables) :])
        course.epochs.extend(epoch_type(*epoch) for epoch in progress)
    done = len(course.epochs)
    started = time.monotonic()

    # Keras passes the logs by this name.
    def begin(epoch: int, logs: object) -> None:  # noqa: ARG001
        nonlocal started
        batches.start_epoch(epoch)
        started = time.monotonic()

    def end_step(_step: int, logs: object) -> None:  # noqa: ARG001
        report.step_ended()

    def end(epoch: int, logs: Mapping[str, float]) -> None:
        measured = measure(epoch + 1, logs, time.monotonic() - started)
        course.epochs.append(measured)
        report.epoch_ended(measured)
        if checkpoint is not None:
            arrays = [*values(variables), *course.stages]
            checkpoint.save(arrays, [list(measured) for measured in course.epochs])

    measuring = keras.callbacks.LambdaCallback(
        on_epoch_begin=begin, on_epoch_end=end, on_train_batch_end=end_step
    )
    with open_progress(epochs=epochs, steps=len(batches), done=done) as report:
        if done < epochs:
            model.fit(
                batches,
                initial_epoch=done,
                epochs=epochs,
                # Keras would shuffle the batches once more, and differently after a resumption.
                shuffle=False,
                callbacks=[measuring, *callbacks],
                verbose=0,
            )
    return History(course.epochs, len(course.epochs))
