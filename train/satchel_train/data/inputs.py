"""Converts samples to model inputs with the runtime's code, so that training sees the same."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel_train.data.samples import Samples
from satchel_train.task import training_task


class Examples(NamedTuple):
    """Model inputs with their labels."""

    inputs: NDArray[Any]
    """Images, float32 (n, height, width, channels), token ids, int32 (n, length), or ids with a
    mask and segments, int32 (n, tensors, length)."""
    labels: NDArray[np.int32]
    """The positions of the right labels in the card's labels, (n,)."""


def examples(samples: Samples, *, card: Card, vocabulary: bytes | None = None) -> Examples:
    """Return ``samples`` as inputs of the card's model. A text card needs its vocabulary."""
    read = training_task(card.task).model_inputs
    return Examples(read(samples.contents, card.input, vocabulary=vocabulary), samples.labels)
