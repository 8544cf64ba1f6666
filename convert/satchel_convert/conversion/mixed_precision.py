"""Chooses the layers of a model that stay floats: those that int8 harms most.

A layer's part in the error is measured, not estimated: it is the improvement of the predictions
for calibration samples when this layer alone stays a float.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

FLOAT_SHARE = 0.25
"""The largest share of the weights that may stay floats, unless stated. The file then grows by at
most three quarters."""
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
    layers: Sequence[Layer],
    noise: Callable[[frozenset[str]], float],
    *,
    share: float = FLOAT_SHARE,
    enough: float | None = None,
) -> frozenset[str]:
    """Return the names of the operators that shall stay floats; none if no layer stands out.

    ``noise`` returns the power of the predictions' error if the operators of these names are
    floats. They hold at most ``share`` of the weights. The search stops at an error of ``enough``,
    which is NOISE_LEFT of the error without floats unless stated.
    """
    total = noise(frozenset())
    gains = np.array([total - noise(frozenset(layer.names)) for layer in layers])
    worth = gains / [layer.weights for layer in layers]
    enough = NOISE_LEFT * total if enough is None else enough
    budget = share * sum(layer.weights for layer in layers)
    floats = frozenset[str]()
    left = total
    for position in np.argsort(-worth, kind="stable"):
        layer = layers[position]
        if layer.weights > budget or gains[position] < LEAST_GAIN * total:
            continue
        budget -= layer.weights
        floats |= frozenset(layer.names)
        left = noise(floats)
        if left <= enough:
            break
    return floats
