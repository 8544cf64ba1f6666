"""Makes the callback for the beginning and the end of every epoch, for all kinds of training."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from satchel_train.training_loop.history import EpochT
from satchel_train.training_loop.progress import EpochReport


def epoch_callback(
    batches: Any,
    report: EpochReport,
    *,
    measure: Callable[[int, Mapping[str, float], float], EpochT],
    ended: Callable[[EpochT], None],
) -> Any:
    """Return a keras.callbacks.Callback that records and reports every epoch.

    Args:
        batches: data whose ``start_epoch`` is called with each epoch that begins.
        report: is called at every step and epoch.
        measure: a function from the epoch's number, counted from 1, its losses and metrics by name
            and its seconds to the record of the epoch.
        ended: is called with that record.

    """
    import keras

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
        report.epoch_ended(measured)
        ended(measured)

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=begin, on_epoch_end=end, on_train_batch_end=end_step
    )
