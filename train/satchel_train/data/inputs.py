"""Samples to model inputs, by the runtime's own code: what is trained on is what will be run on."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel_train.data.samples import Samples
from satchel_train.task import training_task


class Examples(NamedTuple):
    """Samples as a model takes them."""

    inputs: NDArray[Any]
    """Images, float32 (n, height, width, channels), or token ids, int32 (n, length)"""
    labels: NDArray[np.int32]
    """Positions in the card's labels, (n,)"""


def examples(samples: Samples, *, card: Card, vocabulary: bytes | None = None) -> Examples:
    """Return ``samples`` as the card's model takes them; a text card needs its vocabulary."""
    read = training_task(card.task).model_inputs
    return Examples(read(samples.contents, card.input, vocabulary=vocabulary), samples.labels)
