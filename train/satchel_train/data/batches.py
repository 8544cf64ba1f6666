"""Makes shuffled batches of examples: the same batches for the same seed and epoch."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.inputs import Examples

Augment: TypeAlias = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]
"""A function from a batch of model inputs and a random generator to a batch of the same shape."""


def shuffled_batches(
    examples: Examples,
    *,
    batch_size: int,
    seed: int,
    augment: Augment | None = None,
) -> Any:
    """Return a keras.utils.PyDataset of (inputs, labels) with the method ``start_epoch``.

    The content of a batch depends only on ``seed``, the started epoch and the batch's number, so
    that a resumed training sees the same batches as an uninterrupted one. Keras does not count
    epochs for its data sets, and ends one more than it began: hence ``start_epoch``.
    """

    @lru_cache(maxsize=1)
    def order(epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng([seed, epoch]).permutation(len(examples.labels))

    def batch(epoch: int, number: int) -> tuple[NDArray[Any], NDArray[np.int32]]:
        chosen = order(epoch)[number * batch_size : (number + 1) * batch_size]
        inputs = examples.inputs[chosen]
        if augment is not None:
            inputs = augment(inputs, np.random.default_rng([seed, epoch, number]))
        return inputs, examples.labels[chosen]

    return _batches(steps(examples, batch_size), batch)


def drawn_batches(draw: Callable[[np.random.Generator], Any], *, count: int, seed: int) -> Any:
    """Return a keras.utils.PyDataset of ``count`` batches, with the method ``start_epoch``.

    ``draw`` makes a batch from a random generator, whose seed is ``seed``, the epoch and the
    batch's number.
    """
    return _batches(
        count, lambda epoch, number: (draw(np.random.default_rng([seed, epoch, number])),)
    )


def steps(examples: Examples, batch_size: int) -> int:
    """Return the number of batches in an epoch. The last batch may be smaller."""
    return -(-len(examples.labels) // batch_size)


def _batches(count: int, batch: Callable[[int, int], tuple[Any, ...]]) -> Any:
    """Return a keras.utils.PyDataset whose batches are ``batch(epoch, number)``."""
    import keras

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.start_epoch(0)

        def start_epoch(self, epoch: int) -> None:
            self._epoch = epoch

        def __len__(self) -> int:
            return count

        def __getitem__(self, number: int) -> tuple[Any, ...]:
            return batch(self._epoch, number)

    return Batches()
