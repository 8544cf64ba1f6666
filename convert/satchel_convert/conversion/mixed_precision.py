"""Chooses the layers of a model that stay floats: those that int8 harms most.

A layer's part in the error is measured, not estimated: it is the improvement of the predictions
for calibration samples when this layer alone stays a float.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

FLOAT_SHARE = 0.25
"""The largest share of the weights that may stay floats. The file then grows by at most three
quarters."""
LEAST_GAIN = 0.05
"""The smallest share of the error's power for which a layer stays a float. A layer below it is as
good as the others."""
NOISE_LEFT = 0.25
"""The share of the error's power at which the search stops: the error is then 6 dB smaller."""


class Layer(NamedTuple):
    """The operators that share weights: one, or the steps of an unrolled recurrent layer."""

    names: tuple[str, ...]
    """The names of the operators in the model that is quantized"""
    weights: int
    """The number of weights"""


def most_sensitive(
    layers: Sequence[Layer], noise: Callable[[frozenset[str]], float]
) -> frozenset[str]:
    """Return the names of the operators that shall stay floats; none if no layer stands out.

    ``noise`` returns the power of the predictions' error if the operators of these names are
    floats.
    """
    total = noise(frozenset())
    gains = np.array([total - noise(frozenset(layer.names)) for layer in layers])
    worth = gains / [layer.weights for layer in layers]
    budget = FLOAT_SHARE * sum(layer.weights for layer in layers)
    floats = frozenset[str]()
    left = total
    for position in np.argsort(-worth, kind="stable"):
        layer = layers[position]
        if layer.weights > budget or gains[position] < LEAST_GAIN * total:
            continue
        budget -= layer.weights
        floats |= frozenset(layer.names)
        left = noise(floats)
        if left <= NOISE_LEFT * total:
            break
    return floats
