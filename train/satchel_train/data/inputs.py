"""Converts samples to model inputs with the runtime's code, so that training sees the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel_train.data.samples import Samples
from satchel_train.task import training_task


class ModelInputs(Protocol):
    """Inputs of a float model: an array, or an object that makes the inputs that are asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of inputs, and the shape of one of them."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, positions: slice | NDArray[np.intp], /) -> NDArray[Any]:
        """Return the inputs at ``positions``, (n, ...), in that order."""
        ...


class Examples(NamedTuple):
    """Model inputs with their labels."""

    inputs: ModelInputs
    """Images, float32 (n, height, width, channels), token ids, int32 (n, length), or ids with a
    mask and segments, int32 (n, tensors, length). An array will do. Images of a data set are
    converted when a batch needs them, and those of files are read only then."""
    labels: NDArray[np.int32]
    """The positions of the right labels in the card's labels, (n,)."""


@dataclass(frozen=True)
class ChangedInputs:
    """Model inputs of which each batch is changed when it is needed."""

    inputs: ModelInputs
    change: Callable[[NDArray[Any]], NDArray[Any]]
    """Returns a batch of the same shape."""

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of inputs, and the shape of one of them."""
        return self.inputs.shape

    def __getitem__(self, positions: slice | NDArray[np.intp]) -> NDArray[Any]:
        """Return the changed inputs at ``positions``, (n, ...)."""
        return self.change(self.inputs[positions])


def examples(samples: Samples, *, card: Card, vocabulary: bytes | None = None) -> Examples:
    """Return ``samples`` as inputs of the card's model. A text card needs its vocabulary."""
    read = training_task(card.task).model_inputs
    return Examples(read(samples.contents, card.input, vocabulary=vocabulary), samples.labels)
