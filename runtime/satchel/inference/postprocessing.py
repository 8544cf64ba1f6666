"""Turns the output of a model into predictions, and compares two predictions."""

from typing import TYPE_CHECKING, Any

import numpy as np

from satchel.bundle.card import Card
from satchel.bundle.task_table import load_task

if TYPE_CHECKING:
    from numpy.typing import NDArray


def postprocess(values: "NDArray[np.float32]", card: Card) -> "NDArray[Any]":
    """Return the predictions for the output ``values``, float32 (n, ...), as the card defines them.

    They are probabilities, float32 (n, labels), or images, uint8 (n, height, width, 3).
    """
    return load_task(card.task).output.postprocess(values, card.output)


def difference(expected: "NDArray[Any]", found: "NDArray[Any]", card: Card) -> float:
    """Return the difference between two predictions, 0 to 1.

    It is the largest difference of any one probability, or for images the root mean square of the
    differences of the pixels, in 255ths.
    """
    return load_task(card.task).output.difference(expected, found)
