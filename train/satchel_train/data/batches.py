"""Makes shuffled batches of examples: the same batches for the same seed and epoch."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.device import usable_cores
from satchel_train.data.image_inputs import ImageInputs
from satchel_train.data.inputs import Examples, ModelInputs

Augment: TypeAlias = Callable[
    [Examples, NDArray[np.intp], np.random.Generator], tuple[NDArray[Any], NDArray[Any]]
]
"""A function from examples, the positions of those of a batch and a random generator to the batch:
inputs, (n, ...), and labels, which are positions, int32 (n,), or the share of each label, float32
(n, labels)."""

MEASURING_BATCH = 256
"""The most inputs that are predicted at once."""
MEASURING_BYTES = 1 << 24
"""The most bytes of inputs that are predicted at once, unless one input has more."""


def shuffled_batches(
    examples: Examples,
    *,
    batch_size: int,
    seed: int,
    augment: Augment | None = None,
    threads: int | None = None,
) -> Any:
    """Return a keras.utils.PyDataset of (inputs, labels) with the method ``start_epoch``.

    The content of a batch depends only on ``seed``, the started epoch and the batch's number, so
    that a resumed training sees the same batches as an uninterrupted one. Keras does not count
    epochs for its data sets, and ends one more than it began: hence ``start_epoch``.

    Keras makes the batches with ``threads`` threads, ahead of the training. They change nothing in
    a batch. None: as many as there are cores for images, which are converted batch by batch, and
    one for inputs that are ready.
    """

    @lru_cache(maxsize=1)
    def order(epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng([seed, epoch]).permutation(len(examples.labels))

    def batch(epoch: int, number: int) -> tuple[NDArray[Any], NDArray[Any]]:
        chosen = order(epoch)[number * batch_size : (number + 1) * batch_size]
        if augment is not None:
            return augment(examples, chosen, np.random.default_rng([seed, epoch, number]))
        return examples.inputs[chosen], examples.labels[chosen]

    count = steps(len(examples.labels), batch_size)
    return _batches(count, batch, threads=threads or _threads(examples.inputs))


def ordered_batches(inputs: ModelInputs, *labels: NDArray[np.int32], batch_size: int) -> Any:
    """Return a keras.utils.PyDataset of (inputs,), or (inputs, labels), in their own order."""

    def batch(_epoch: int, number: int) -> tuple[NDArray[Any], ...]:
        some = slice(number * batch_size, (number + 1) * batch_size)
        return inputs[some], *(each[some] for each in labels)

    return _batches(steps(len(inputs), batch_size), batch, threads=_threads(inputs))


def measuring_batch(inputs: ModelInputs) -> int:
    """Return the number of ``inputs`` to predict at once: at most 256, and few large images."""
    size = int(np.prod(inputs.shape[1:])) * 4
    return max(1, min(MEASURING_BATCH, MEASURING_BYTES // size))


def drawn_batches(draw: Callable[[np.random.Generator], Any], *, count: int, seed: int) -> Any:
    """Return a keras.utils.PyDataset of ``count`` batches, with the method ``start_epoch``.

    ``draw`` makes a batch from a random generator, whose seed is ``seed``, the epoch and the
    batch's number.
    """
    return _batches(
        count, lambda epoch, number: (draw(np.random.default_rng([seed, epoch, number])),)
    )


def steps(samples: int, batch_size: int) -> int:
    """Return the number of batches in an epoch. The last batch may be smaller."""
    return -(-samples // batch_size)


def _threads(inputs: ModelInputs) -> int:
    return usable_cores() if isinstance(inputs, ImageInputs) else 1


def _batches(count: int, batch: Callable[[int, int], tuple[Any, ...]], *, threads: int = 1) -> Any:
    """Return a keras.utils.PyDataset whose batches are ``batch(epoch, number)``."""
    import keras

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            # A queue of the same length, so that few large batches are in memory.
            super().__init__(workers=threads, max_queue_size=threads)
            self.start_epoch(0)

        def start_epoch(self, epoch: int) -> None:
            self._epoch = epoch

        def __len__(self) -> int:
            return count

        def __getitem__(self, number: int) -> tuple[Any, ...]:
            return batch(self._epoch, number)

    return Batches()
