"""Trains a classifier by Keras, reproducibly and on every backend."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from satchel_train.history import Epoch, History
from satchel_train.inputs import Examples
from satchel_train.progress import EpochReport, open_progress


@dataclass(frozen=True)
class HyperParameters:
    """How a recipe trains; what the model is made of stands where the model is built."""

    batch_size: int
    learning_rate: float
    """Adam's, in the first step"""
    decay: Literal["none", "cosine"] = "none"
    """``cosine`` falls to 0 over all epochs"""
    patience: int | None = None
    """Epochs without a better validation accuracy until it stops and goes back to the best one;
    None trains every epoch and keeps the last"""


def make_reproducible(seed: int) -> None:
    """Seed every generator, so that the same ``seed`` gives the same weights twice on a CPU."""
    import keras

    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()


def fit(
    model: Any,
    *,
    train: Examples,
    validation: Examples,
    hyper: HyperParameters,
    epochs: int,
) -> History:
    """Train ``model``, a classifier that ends in softmax, in place and return its history."""
    import keras

    steps = -(-len(train.labels) // hyper.batch_size)
    model.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(hyper, steps * epochs)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    measured: list[Epoch] = []
    with open_progress(epochs=epochs, steps=steps) as report:
        model.fit(
            *train,
            validation_data=tuple(validation),
            batch_size=hyper.batch_size,
            epochs=epochs,
            callbacks=[_measuring(measured, report), *_early_stopping(hyper)],
            verbose=0,
        )
    return History(measured, _kept(measured, hyper))


def _learning_rate(hyper: HyperParameters, steps: int) -> Any:
    import keras

    if hyper.decay == "cosine":
        return keras.optimizers.schedules.CosineDecay(hyper.learning_rate, steps)
    return hyper.learning_rate


def _measuring(measured: list[Epoch], report: EpochReport) -> Any:
    """Return the callback that appends each epoch to ``measured`` and shows it."""
    import keras

    started = time.monotonic()

    # Keras passes the logs by this name.
    def begin(_epoch: int, logs: object) -> None:  # noqa: ARG001
        nonlocal started
        started = time.monotonic()

    def end_step(_step: int, logs: object) -> None:  # noqa: ARG001
        report.step_ended()

    def end(_epoch: int, logs: Mapping[str, float]) -> None:
        epoch = Epoch(
            loss=float(logs["loss"]),
            accuracy=float(logs["accuracy"]),
            val_loss=float(logs["val_loss"]),
            val_accuracy=float(logs["val_accuracy"]),
            seconds=time.monotonic() - started,
        )
        measured.append(epoch)
        report.epoch_ended(epoch)

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=begin, on_epoch_end=end, on_train_batch_end=end_step
    )


def _early_stopping(hyper: HyperParameters) -> list[Any]:
    import keras

    if hyper.patience is None:
        return []
    return [
        keras.callbacks.EarlyStopping(
            monitor="val_accuracy", patience=hyper.patience, restore_best_weights=True
        )
    ]


def _kept(measured: list[Epoch], hyper: HyperParameters) -> int:
    if hyper.patience is None:
        return len(measured)
    # The first of equals, as Keras's EarlyStopping keeps it.
    return 1 + max(range(len(measured)), key=lambda at: (measured[at].val_accuracy, -at))
