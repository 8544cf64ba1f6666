"""Trains a classifier with Keras: reproducible, resumable, and on every backend."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from satchel_train.data.batches import (
    Augment,
    measuring_batch,
    ordered_batches,
    shuffled_batches,
    steps,
)
from satchel_train.data.inputs import Examples
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.training_loop.class_weights import balanced_weights, weighted
from satchel_train.training_loop.divergence import check_rate, divergence_guard
from satchel_train.training_loop.epoch_callback import epoch_callback
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.hyper_parameters import HyperParameters, learning_rate
from satchel_train.training_loop.losses import accuracy, crossentropy
from satchel_train.training_loop.optimizers import build_optimizer
from satchel_train.training_loop.progress import EpochReport
from satchel_train.training_loop.replica_step import Objective
from satchel_train.training_loop.replicas import scope_of
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

    With a checkpoint, every epoch is saved, and an interrupted training is resumed. With replicas,
    in whose scope the model was built, several devices train together.

    Raises CheckpointError for a checkpoint that cannot be read or written, DivergedError for losses
    or weights that are no longer finite, WorkersError when another worker is lost.
    """
    import keras

    total = steps(len(train.labels), hyper.batch_size) * hyper.epochs
    rate = learning_rate(hyper, steps=total)
    loss = crossentropy(hyper.label_smoothing)
    if hyper.class_weights == "balanced":
        loss = weighted(loss, balanced_weights(train.labels, count=model.output_shape[-1]))
    with scope_of(execution.workers):
        model.compile(
            optimizer=build_optimizer(
                hyper.optimizer,
                learning_rate=rate,
                highest_rate=hyper.learning_rate,
                weight_decay=hyper.weight_decay,
            ),
            loss=loss,
            metrics=[accuracy],
        )
        model.optimizer.build(model.trainable_variables)
    course = _Course(model, hyper, execution)
    done = course.resume()
    check_rate(hyper.learning_rate, done=done, execution=execution)
    if done and hyper.schedule == "constant":
        # The checkpoint holds the rate, too, which may be the one that diverged.
        model.optimizer.learning_rate = rate
    batches = shuffled_batches(train, batch_size=hyper.batch_size, seed=seed, augment=augment)
    checks = ordered_batches(*validation, batch_size=measuring_batch(validation.inputs))
    report = EpochReport(
        execution.on_progress, epochs=hyper.epochs, steps=total // hyper.epochs, done=done
    )
    noting = epoch_callback(batches, report, measure=_measure, ended=course.epoch_ended)
    guard = divergence_guard(
        model, learning_rate=hyper.learning_rate, epochs=hyper.epochs, execution=execution
    )
    every = [guard, noting, *execution.callbacks]
    if course.ended:
        return course.finish()
    if execution.workers is not None:
        execution.workers.fit(
            model,
            objective=_objective(model, loss),
            batches=batches,
            validation=checks,
            first_epoch=done,
            epochs=hyper.epochs,
            callbacks=every,
        )
    else:
        if keras.backend.backend() != "tensorflow":
            # Or fit takes the first batch out of the queue to build the loss and the metrics, and
            # trains without it.
            model.test_on_batch(*batches[0])
        model.fit(
            batches,
            validation_data=checks,
            initial_epoch=done,
            epochs=hyper.epochs,
            # Keras would shuffle the batches once more, and differently after a resumption.
            shuffle=False,
            callbacks=every,
            verbose=0,
        )
    return course.finish()


class _Course:
    """The epochs of a training so far and its best weights. It decides when to stop."""

    def __init__(self, model: Any, hyper: HyperParameters, execution: Execution) -> None:
        self._model = model
        self._hyper = hyper
        self._checkpoint = execution.checkpoint
        self._saves = execution.workers is None or execution.workers.writes
        self._epochs: list[Epoch] = []
        self._best: list[NDArray[Any]] = []

    @property
    def ended(self) -> bool:
        """Whether all epochs are done, or the best epoch is ``patience`` epochs ago."""
        done, patience = len(self._epochs), self._hyper.patience
        return done == self._hyper.epochs or (
            patience is not None and done > 0 and done - self._kept() >= patience
        )

    def resume(self) -> int:
        """Restore the model from the checkpoint, and return the number of finished epochs."""
        saved = self._checkpoint.load() if self._checkpoint else None
        if saved is not None:
            arrays, progress = saved
            variables = self._variables()
            assign(variables, arrays[: len(variables)])
            self._best = arrays[len(variables) :]
            self._epochs = [Epoch(*epoch) for epoch in progress]
        return len(self._epochs)

    def epoch_ended(self, epoch: Epoch) -> None:
        """Record the epoch, keep its weights if they are the best, and save the checkpoint."""
        self._epochs.append(epoch)
        if self._hyper.patience is not None and self._kept() == len(self._epochs):
            self._best = values(self._model.weights)
        if self.ended:
            self._model.stop_training = True
        if self._checkpoint is not None and self._saves:
            arrays = [*values(self._variables()), *self._best]
            self._checkpoint.save(arrays, [list(epoch) for epoch in self._epochs])

    def finish(self) -> History[Epoch]:
        """Return the history, after giving the model the weights of the best epoch."""
        if self._best:
            assign(self._model.weights, self._best)
        return History(self._epochs, self._kept())

    def _variables(self) -> list[Any]:
        # Save more than weights: the state of dropout's random generator is a variable, too.
        return [*self._model.variables, *self._model.optimizer.variables]

    def _kept(self) -> int:
        """Return the epoch to keep, counted from 1: the best one, or the last without patience."""
        if self._hyper.patience is None:
            return len(self._epochs)
        if self._hyper.class_weights == "balanced":
            # Accuracy would choose the epochs that find the common labels only.
            losses = [epoch.val_loss for epoch in self._epochs]
            return 1 + losses.index(min(losses))
        accuracies = [epoch.val_accuracy for epoch in self._epochs]
        return 1 + accuracies.index(max(accuracies))


def _objective(model: Any, loss: Any) -> Objective:
    """Return the objective of a classifier: what ``fit`` of Keras minimizes and measures."""
    from keras import ops

    def objective(rows: Any, *, training: bool) -> tuple[Any, Mapping[str, Any]]:
        inputs, labels = rows
        # Models in mixed precision may end in another dtype, and losses may not.
        scores = ops.cast(model(inputs, training=training), "float32")
        total = ops.mean(loss(labels, scores)) + sum(model.losses)
        return total, {"loss": total, "accuracy": ops.mean(accuracy(labels, scores))}

    return objective


def _measure(_number: int, logs: Mapping[str, float], seconds: float) -> Epoch:
    return Epoch(
        loss=float(logs["loss"]),
        accuracy=float(logs["accuracy"]),
        val_loss=float(logs["val_loss"]),
        val_accuracy=float(logs["val_accuracy"]),
        seconds=seconds,
    )
