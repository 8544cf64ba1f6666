"""What a model's output means: probabilities of labels, or a picture."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.card import ImageOutput, LabelOutput, Output
from satchel.inference.prediction import softmax
from satchel.metrics import root_mean_square
from satchel.quantization import quantize


def read_answer(values: NDArray[np.float32], given: Output) -> NDArray[Any]:
    """Return what output ``values``, float32 (n, *given.shape), mean by the card.

    Probabilities, float32 (n, labels), or pictures, uint8 (n, height, width, 3).
    """
    if isinstance(given, LabelOutput):
        return to_probabilities(values, given)
    return to_pixels(values, given)


def to_probabilities(values: NDArray[np.float32], given: LabelOutput) -> NDArray[np.float32]:
    """Return the probability of each label, float32 (n, labels), from the model's output."""
    if given.activation == "none":
        return softmax(values)
    if given.activation == "sigmoid":
        return np.concatenate([1 - values, values], axis=1)
    return values


def to_pixels(values: NDArray[np.float32], given: ImageOutput) -> NDArray[np.uint8]:
    """Return pictures, uint8 (n, height, width, 3), from the model's output.

    ``value * scale + offset`` in float32, ties rounded up, clipped to 0 to 255; one channel becomes
    three equal ones.
    """
    with np.errstate(over="ignore"):
        # What overflows is clipped in the next step.
        levels = values * np.array(given.scale, np.float32) + np.array(given.offset, np.float32)
    pixels = quantize(levels, scale=1.0, zero_point=0, dtype=np.uint8)
    return np.repeat(pixels, 3, axis=3) if given.channels == 1 else pixels


def difference(expected: NDArray[Any], found: NDArray[Any], given: Output) -> float:
    """Return how far two answers are apart, 0 to 1.

    The largest difference of any one probability, or the root mean square of the pixels' in 255ths.
    """
    if isinstance(given, LabelOutput):
        return float(np.abs(found - expected).max())
    return root_mean_square(expected, found) / 255
