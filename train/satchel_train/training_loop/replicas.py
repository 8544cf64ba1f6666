"""Data-parallel training on several devices, of one machine or of several, by tf.distribute.

Each replica holds the whole model and takes its share of every batch. Keras 3's own ``fit`` does
not run with several machines (keras-team/keras#20585), and with several devices of one machine it
weights rows and loss scales wrongly. So the loop over steps is here;
``docs/decisions/0005-several-machines.md`` has the details.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import numpy as np

from satchel_train.training_loop.device import Kind
from satchel_train.training_loop.replica_step import (
    Objective,
    Part,
    divide,
    local_replicas,
    measuring_step,
    rows_of,
    training_step,
)


class Replicas:
    """The replicas of one model that train together, each on a device of its own."""

    def __init__(self, strategy: Any) -> None:
        """Use the devices of ``strategy``, a tf.distribute.Strategy."""
        self._strategy = strategy

    @property
    def count(self) -> int:
        """The number of replicas on all machines."""
        count: int = self._strategy.num_replicas_in_sync
        return count

    @property
    def writes(self) -> bool:
        """Whether this process writes the checkpoint and the model folder."""
        return True

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Make a context in which each new variable has a copy on every replica."""
        with self.reporting(), self._strategy.scope():
            yield

    def reporting(self) -> AbstractContextManager[None]:
        """Make a context that reports the loss of a replica."""
        return nullcontext()

    def fit(
        self,
        model: Any,
        *,
        objective: Objective,
        batches: Any,
        validation: Any = None,
        first_epoch: int,
        epochs: int,
        callbacks: Sequence[Any],
    ) -> None:
        """Train as ``model.fit`` does, calling ``callbacks`` for every epoch and step.

        Args:
            model: a model that was built, with an optimizer that was built, in this ``scope``.
            objective: computes the loss and the figures of some rows with this model.
            batches: a keras.utils.PyDataset of whole batches. Each replica takes its share of their
                rows.
            validation: the same, of samples on which the model is measured after each epoch.
            first_epoch: the first epoch, counted from 0.
            epochs: the number of all epochs.
            callbacks: callbacks of Keras.

        Raises WorkersError when another machine is lost.

        """
        import keras

        train = training_step(self._strategy, model, objective)
        measure = measuring_step(self._strategy, objective)
        told = keras.callbacks.CallbackList(callbacks, model=model)
        model.stop_training = False
        told.on_train_begin()
        with self.reporting():
            for epoch in range(first_epoch, epochs):
                told.on_epoch_begin(epoch)
                logs = self._mean(_telling(batches, told), train)
                if validation is not None:
                    checked = self._mean(_made_ahead(validation), measure)
                    logs |= {f"val_{name}": value for name, value in checked.items()}
                told.on_epoch_end(epoch, logs)
                if model.stop_training:
                    break
        told.on_train_end()

    def _mean(
        self, batches: Iterable[Any], step: Callable[[Sequence[Part]], Mapping[str, Any]]
    ) -> dict[str, float]:
        """Run ``step`` on all ``batches`` and return the means of its figures over all rows."""
        replicas, figures, counts = local_replicas(self._strategy), [], []
        for batch in batches:
            figures.append(step(divide(batch, replicas=replicas, count=self.count)))
            counts.append(rows_of(batch))
        return {
            name: float(np.average([float(each[name]) for each in figures], weights=counts))
            for name in figures[0]
        }


@cache
def several_devices(kind: Kind) -> Replicas:
    """Return a replica on each of this machine's devices of ``kind`` that TensorFlow sees.

    All trainings of a process share them: the collectives of a second strategy would get the
    numbers of the first one's.
    """
    import tensorflow

    listed = tensorflow.config.list_logical_devices("CPU" if kind == "cpu" else "GPU")
    names = [device.name for device in listed]
    return Replicas(tensorflow.distribute.MirroredStrategy(names))


def scope_of(replicas: Replicas | None) -> AbstractContextManager[None]:
    """Return the scope of ``replicas``, or for None a context without effect."""
    return nullcontext() if replicas is None else replicas.scope()


def _telling(batches: Any, told: Any) -> Iterator[Any]:
    """Yield each of ``batches``, and call the callbacks before and after its step."""
    for number, batch in enumerate(_made_ahead(batches)):
        told.on_train_batch_begin(number)
        yield batch
        told.on_train_batch_end(number, {})


def _made_ahead(batches: Any) -> Iterator[Any]:
    """Yield each of ``batches``, a PyDataset, whose own number of threads makes them ahead."""
    with ThreadPoolExecutor(batches.workers) as threads:
        waiting: deque[Future[Any]] = deque()
        for number in range(len(batches)):
            waiting.append(threads.submit(batches.__getitem__, number))
            if len(waiting) > batches.workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
