"""What a model's output means: predictions, and how far two of them are apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.card import Card
from satchel.bundle.task_table import load_task


def postprocess(values: NDArray[np.float32], card: Card) -> NDArray[Any]:
    """Return the predictions that output ``values``, float32 (n, ...), mean by the card.

    Probabilities, float32 (n, labels), or images, uint8 (n, height, width, 3).
    """
    return load_task(card.task).output.postprocess(values, card.output)


def difference(expected: NDArray[Any], found: NDArray[Any], card: Card) -> float:
    """Return how far two predictions are apart, 0 to 1.

    The largest difference of any one probability, or the root mean square of the pixels' in 255ths.
    """
    return load_task(card.task).output.difference(expected, found)
