"""Trains a classifier by Keras: reproducibly, on every backend, and on after an interruption."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from satchel_train.data.batches import Augment, shuffled_batches, steps
from satchel_train.data.inputs import Examples
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.training_loop.epoch_callback import epoch_callback
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.hyper_parameters import HyperParameters, learning_rate
from satchel_train.training_loop.optimizers import build_optimizer
from satchel_train.training_loop.progress import EpochReport
from satchel_train.training_loop.variables import assign, values


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
    seed: int,
    augment: Augment | None = None,
    execution: Execution = PLAIN,
) -> History[Epoch]:
    """Train ``model``, a classifier that ends in softmax, in place and return its history.

    With a checkpoint that holds an earlier, interrupted training, it goes on from there; with
    one that holds nothing yet, it begins, and saves every epoch. With workers, in whose scope
    the model was built, they train together.

    Raises CheckpointError for a checkpoint that cannot be read or written, WorkersError when
    another worker is lost.
    """
    total = steps(train, hyper.batch_size) * hyper.epochs
    rate = learning_rate(hyper, steps=total)
    loss = _loss(hyper.label_smoothing)
    model.compile(
        optimizer=build_optimizer(
            hyper.optimizer, learning_rate=rate, weight_decay=hyper.weight_decay
        ),
        loss=loss,
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    course = _Course(model, hyper, execution)
    done = course.resume()
    batches = shuffled_batches(train, batch_size=hyper.batch_size, seed=seed, augment=augment)
    report = EpochReport(
        execution.on_progress, epochs=hyper.epochs, steps=total // hyper.epochs, done=done
    )
    noting = epoch_callback(batches, report, measure=_measure, ended=course.epoch_ended)
    every = [noting, *execution.callbacks]
    if execution.workers is not None:
        execution.workers.fit(
            model,
            loss=loss,
            batches=batches,
            validation=validation,
            first_epoch=hyper.epochs if course.ended else done,
            epochs=hyper.epochs,
            callbacks=every,
        )
    elif not course.ended:
        model.fit(
            batches,
            validation_data=tuple(validation),
            validation_batch_size=max(256, hyper.batch_size),
            initial_epoch=done,
            epochs=hyper.epochs,
            # Keras would shuffle the batches once more, and differently after a resumption.
            shuffle=False,
            callbacks=every,
            verbose=0,
        )
    return course.finish()


class _Course:
    """What a training has measured so far, its best weights, and when it is to stop."""

    def __init__(self, model: Any, hyper: HyperParameters, execution: Execution) -> None:
        self._model = model
        self._hyper = hyper
        self._checkpoint = execution.checkpoint
        self._saves = execution.workers is None or execution.workers.writes
        self._epochs: list[Epoch] = []
        self._best: list[NDArray[Any]] = []

    @property
    def ended(self) -> bool:
        """Whether all epochs are done, or none was the best for as long as patience lasts."""
        done, patience = len(self._epochs), self._hyper.patience
        return done == self._hyper.epochs or (
            patience is not None and done > 0 and done - self._kept() >= patience
        )

    def resume(self) -> int:
        """Bring the model to where the checkpoint left it, and return how many epochs are done."""
        saved = self._checkpoint.load() if self._checkpoint else None
        if saved is not None:
            arrays, progress = saved
            variables = self._variables()
            assign(variables, arrays[: len(variables)])
            self._best = arrays[len(variables) :]
            self._epochs = [Epoch(*epoch) for epoch in progress]
        return len(self._epochs)

    def epoch_ended(self, epoch: Epoch) -> None:
        """Note what the epoch measured, keep its weights if they are the best, and save."""
        self._epochs.append(epoch)
        if self._hyper.patience is not None and self._kept() == len(self._epochs):
            self._best = values(self._model.weights)
        if self.ended:
            self._model.stop_training = True
        if self._checkpoint is not None and self._saves:
            arrays = [*values(self._variables()), *self._best]
            self._checkpoint.save(arrays, [list(epoch) for epoch in self._epochs])

    def finish(self) -> History[Epoch]:
        """Give the model the weights of the epoch that is kept."""
        if self._best:
            assign(self._model.weights, self._best)
        return History(self._epochs, self._kept())

    def _variables(self) -> list[Any]:
        # Not weights alone: the state of dropout's randomness is a variable too.
        return [*self._model.variables, *self._model.optimizer.variables]

    def _kept(self) -> int:
        """Return the epoch to keep, counted from 1: the first of the best, or the last."""
        if self._hyper.patience is None:
            return len(self._epochs)
        accuracies = [epoch.val_accuracy for epoch in self._epochs]
        return 1 + accuracies.index(max(accuracies))


def _loss(label_smoothing: float) -> Any:
    """Return what turns labels and softmax scores into cross-entropy in nats, one a sample."""
    from keras import losses, ops

    if label_smoothing == 0:
        return losses.sparse_categorical_crossentropy

    def smoothed_crossentropy(labels: Any, scores: Any) -> Any:
        sharp = losses.sparse_categorical_crossentropy(labels, scores)
        even = -ops.mean(ops.log(ops.clip(scores, 1e-7, 1)), axis=-1)
        return (1 - label_smoothing) * sharp + label_smoothing * even

    return smoothed_crossentropy


def _measure(_number: int, logs: Mapping[str, float], seconds: float) -> Epoch:
    return Epoch(
        loss=float(logs["loss"]),
        accuracy=float(logs["accuracy"]),
        val_loss=float(logs["val_loss"]),
        val_accuracy=float(logs["val_accuracy"]),
        seconds=seconds,
    )
