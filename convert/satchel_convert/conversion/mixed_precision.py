"""Which layers of a model stay floats: those that int8 harms most.

Each layer's part in the error is measured, not estimated: by how much the answers to calibration
samples improve where it alone stays a float.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

FLOAT_SHARE = 0.25
"""Of the weights that may stay floats: the file then grows by three quarters at most"""
LEAST_GAIN = 0.05
"""Of the error's power that a layer must account for: below, it is as good as the others"""
NOISE_LEFT = 0.25
"""Of the error's power, where no more layers are needed: 6 dB"""


class Layer(NamedTuple):
    """The operators that share weights: one, or the steps of an unrolled recurrent layer."""

    names: tuple[str, ...]
    """Of the operators, as the route that quantizes them calls them"""
    weights: int
    """How many"""


def most_sensitive(
    layers: Sequence[Layer], noise: Callable[[frozenset[str]], float]
) -> frozenset[str]:
    """Return the names of the operators that are to stay floats, none where no layer stands out.

    ``noise`` is the power of the answers' error where operators of those names are floats.
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
