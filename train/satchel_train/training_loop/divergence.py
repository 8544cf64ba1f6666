"""Ends a training whose losses or weights are no longer finite numbers.

A step that loss scaling skips in mixed_float16 does not count: its gradients were too large, but
its loss is finite, and the weights stay as they are.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from satchel_train.errors import DivergedError
from satchel_train.fitting.execution import Execution
from satchel_train.training_loop.variables import values

LOWER = 0.1
"""The learning rate to try next, as a share of the one with which a training diverged."""


def divergence_guard(model: Any, *, learning_rate: float, epochs: int, execution: Execution) -> Any:
    """Return a keras.callbacks.Callback that raises DivergedError at the first such loss.

    It looks at the losses after every step and epoch, and at the weights after every epoch, because
    TensorFlow's fused ReLU makes 0 of a NaN, so that a loss may hide weights that are none. Put it
    before the callback that saves the epoch, so that the checkpoint keeps the last good weights.
    It then marks the checkpoint, so that the training is not resumed to diverge again.

    Args:
        model: the keras.Model that is trained.
        learning_rate: the highest learning rate of the training.
        epochs: the number of all epochs.
        execution: the conditions of the training.

    """
    import keras

    now = 0

    def begin(epoch: int, logs: object) -> None:  # noqa: ARG001  what Keras passes
        nonlocal now
        now = epoch

    def end_step(step: int, logs: Mapping[str, float] | None) -> None:
        look(logs or {}, f"in step {step + 1:,} of epoch {now + 1} of {epochs}")

    def end(epoch: int, logs: Mapping[str, float]) -> None:
        place = f"after epoch {epoch + 1} of {epochs}"
        look(logs, place)
        if not all(np.isfinite(array).all() for array in values(model.weights)):
            diverged("weights", "other numbers", place)

    def look(logs: Mapping[str, float], place: str) -> None:
        for name, value in logs.items():
            if not math.isfinite(value):
                diverged(f"a finite {name}", str(float(value)), place)

    def diverged(expected: str, got: str, place: str) -> None:
        kept = _mark(execution, learning_rate)
        raise DivergedError(
            f"Expected {expected}, got {got} {place} with the learning rate {learning_rate:.4g}:"
            f" {_advice(execution, learning_rate, kept=kept)}",
            epoch=now + 1,
        )

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=begin, on_epoch_end=end, on_train_batch_end=end_step
    )


def check_rate(learning_rate: float, *, done: int, execution: Execution) -> None:
    """Check that a training resumed after ``done`` epochs would not diverge as it did before.

    Call it when the checkpoint is loaded.

    Raises DivergedError if the training already diverged from there with ``learning_rate``.
    """
    if execution.checkpoint is not None and learning_rate in execution.checkpoint.diverged:
        raise DivergedError(
            f"Expected a learning rate with which this training does not diverge, got"
            f" {learning_rate:.4g}, with which it did after epoch {done}: give --resume a lower"
            f" --learning-rate, such as {learning_rate * LOWER:.2g}.",
            epoch=done + 1,
        )


def _mark(execution: Execution, learning_rate: float) -> bool:
    """Mark the checkpoint, and return whether there is one to resume."""
    checkpoint = execution.checkpoint
    if checkpoint is None or not checkpoint.path.exists():
        return False
    if execution.workers is None or execution.workers.writes:
        checkpoint.mark_diverged(learning_rate)
    return True


def _advice(execution: Execution, learning_rate: float, *, kept: bool) -> str:
    lower = f"a lower --learning-rate, such as {learning_rate * LOWER:.2g}"
    if kept:
        return f"the weights of the epoch before it are kept, go on with --resume and {lower}."
    narrow = " or --precision float32" if execution.precision == "mixed_float16" else ""
    return f"no weights are kept, begin again with {lower}{narrow}."
