"""Data-parallel training on several machines, by tf.distribute's collectives.

Each worker holds the whole model and takes its share of every batch. Each step adds up the
gradients of all workers, so that the result is the same as that of one machine with the same
batches. Keras 3's own ``fit`` does not run under this strategy (keras-team/keras#20585), so the
loop over steps is here; ``docs/decisions/0005-several-machines.md`` lists the alternatives.

Only worker 0 writes the checkpoint and the model folder. To resume a training, every worker reads
the checkpoint at the same path.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from satchel_train.data.inputs import Examples
from satchel_train.errors import SettingsError, WorkersError
from satchel_train.training_loop.losses import accuracy

VALIDATION_BATCH = 256


@dataclass(frozen=True)
class Cluster:
    """All workers of one training, and the position of this process among them."""

    addresses: tuple[str, ...]
    """The ``host:port`` of each worker, in the same order on every machine."""
    index: int


def read_cluster(addresses: str | None, index: int | None) -> Cluster | None:
    """Return the cluster of ``--workers`` and ``--worker``, or that of $TF_CONFIG, or None.

    Raises SettingsError for addresses or an index that do not make a cluster of two or more.
    """
    if addresses is None:
        return _read_tf_config(os.environ.get("TF_CONFIG"))
    each = tuple(addresses.split(","))
    if len(each) < 2 or len(set(each)) < len(each) or not all(map(_is_address, each)):
        raise SettingsError(
            f"Expected HOST:PORT,HOST:PORT,... for --workers, all different, got {addresses!r}."
        )
    if index is None or not 0 <= index < len(each):
        raise SettingsError(
            f"Expected --worker 0 to {len(each) - 1}, which of --workers this is; got {index}."
        )
    return Cluster(each, index)


class Workers:
    """The connection to the other workers, open until the process ends."""

    def __init__(self, cluster: Cluster) -> None:
        """Wait for every worker of ``cluster``. Nothing may have used TensorFlow before.

        Raises WorkersError if one of them does not connect.
        """
        import tensorflow

        self.cluster = cluster
        tasks = {"type": "worker", "index": cluster.index}
        os.environ["TF_CONFIG"] = json.dumps(
            {"cluster": {"worker": cluster.addresses}, "task": tasks}
        )
        with self._reporting_loss():
            self._strategy = tensorflow.distribute.MultiWorkerMirroredStrategy()

    @property
    def writes(self) -> bool:
        """Whether this worker writes the checkpoint and the model folder."""
        return self.cluster.index == 0

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Make a context in which all new variables are shared by the workers."""
        with self._reporting_loss(), self._strategy.scope():
            yield

    def fit(
        self,
        model: Any,
        *,
        loss: Any,
        batches: Any,
        validation: Examples,
        first_epoch: int,
        epochs: int,
        callbacks: Sequence[Any],
    ) -> None:
        """Train as ``model.fit`` does, calling ``callbacks`` for every epoch and step.

        Args:
            model: a model that was built, with an optimizer, in this ``scope``.
            loss: a function from labels and scores to a loss for each sample.
            batches: the whole batches. Each worker takes its share of their rows.
            validation: the samples on which every worker measures the model.
            first_epoch: the first epoch, counted from 0.
            epochs: the number of all epochs.
            callbacks: callbacks of Keras.

        Raises WorkersError when another worker is lost.

        """
        import keras

        train, measure = self._train_step(model, loss), _measure_step(model, loss)
        told = keras.callbacks.CallbackList(callbacks, model=model)
        model.stop_training = False
        told.on_train_begin()
        with self._reporting_loss():
            for epoch in range(first_epoch, epochs):
                told.on_epoch_begin(epoch)
                seen = _mean(self._train(train, batches, told))
                self._average_statistics(model)
                checked = _mean(_batches_of(validation, measure))
                logs = {**seen, **{f"val_{name}": value for name, value in checked.items()}}
                told.on_epoch_end(epoch, logs)
                if model.stop_training:
                    break
        told.on_train_end()

    def _train(self, step: Any, batches: Any, told: Any) -> Iterator[tuple[float, float, int]]:
        for number in range(len(batches)):
            inputs, labels = batches[number]
            share = slice(self.cluster.index, None, len(self.cluster.addresses))
            loss, right = step(inputs[share], labels[share], np.float32(len(labels)))
            told.on_train_batch_end(number, {})
            yield float(loss), float(right), len(labels)

    def _train_step(self, model: Any, loss: Any) -> Any:
        import tensorflow

        @tensorflow.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def step(inputs: Any, labels: Any, total: Any) -> Any:
            def on_replica(inputs: Any, labels: Any, total: Any) -> Any:
                with tensorflow.GradientTape() as tape:
                    scores = model(inputs, training=True)
                    losses = loss(labels, scores)
                    # Divide by the whole batch: the optimizer adds up the workers' gradients.
                    share = tensorflow.reduce_sum(losses) / total
                weights = model.trainable_variables
                model.optimizer.apply(tape.gradient(share, weights), weights)
                return tensorflow.reduce_sum(losses), _right(scores, labels)

            sums = self._strategy.run(on_replica, args=(inputs, labels, total))
            return [self._strategy.reduce("SUM", each, axis=None) for each in sums]

        return step

    def _average_statistics(self, model: Any) -> None:
        """Set the statistics of batch normalization to their mean over all workers."""
        import tensorflow

        variables = model.non_trainable_weights
        values = [tensorflow.convert_to_tensor(variable.value) for variable in variables]

        @tensorflow.function  # type: ignore[untyped-decorator]
        def means() -> Any:
            context = tensorflow.distribute.get_replica_context
            return self._strategy.run(lambda: context().all_reduce("MEAN", values))

        if variables:
            for variable, mean in zip(variables, means(), strict=True):
                variable.assign(mean)

    @contextmanager
    def _reporting_loss(self) -> Iterator[None]:
        from tensorflow.errors import OpError

        try:
            yield
        except (OpError, RuntimeError) as error:
            addresses = ", ".join(self.cluster.addresses)
            raise WorkersError(
                f"Expected all of the workers {addresses} to take part, one was lost or never"
                " came: the checkpoint of the last epoch is kept, start all of them again with"
                " --resume."
            ) from error


def _measure_step(model: Any, loss: Any) -> Any:
    import tensorflow

    @tensorflow.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(inputs: Any, labels: Any) -> Any:
        scores = model(inputs, training=False)
        return tensorflow.reduce_sum(loss(labels, scores)), _right(scores, labels)

    return step


def _batches_of(examples: Examples, step: Any) -> Iterator[tuple[float, float, int]]:
    for start in range(0, len(examples.labels), VALIDATION_BATCH):
        some = slice(start, start + VALIDATION_BATCH)
        loss, right = step(examples.inputs[some], examples.labels[some])
        yield float(loss), float(right), len(examples.labels[some])


def _right(scores: Any, labels: Any) -> Any:
    """Return the number of samples whose top label is right, as a float32 tensor."""
    from keras import ops

    return ops.sum(accuracy(labels, scores))


def _mean(batches: Iterator[tuple[float, float, int]]) -> Mapping[str, float]:
    loss, right, count = np.sum(list(batches), axis=0)
    return {"loss": loss / count, "accuracy": right / count}


def _read_tf_config(text: str | None) -> Cluster | None:
    if not text:
        return None
    try:
        config = json.loads(text)
        addresses, task = tuple(config["cluster"]["worker"]), config["task"]
        index = int(task["index"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            "Expected the addresses of workers and this one's index in $TF_CONFIG,"
            f" got {text[:80]!r}."
        ) from error
    if len(addresses) == 1:
        return None
    if task.get("type") != "worker" or not 0 <= index < len(addresses):
        raise SettingsError(
            f"Expected worker 0 to {len(addresses) - 1} in $TF_CONFIG,"
            f" got {task.get('type')} {index}."
        )
    return Cluster(addresses, index)


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and 0 < int(port) < 65536
