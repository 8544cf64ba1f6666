"""Holds a Keras model's constants as arrays, so that an export writes them into the graph.

A Normalization layer holds its mean as a tensor, as does a model that computes ``x - constant``.
Such a tensor is captured when TensorFlow traces the model, and tf2onnx takes what is captured for
an input of the graph: the exported model then asks for inputs that nobody has.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

_NUMBERS = ("mean", "variance")
"""The attributes of a Normalization that are tensors and no weights"""


def hold_as_arrays(model: Any) -> None:
    """Replace the constant tensors of the Keras model, and of models in it, by the same arrays."""
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            for name in _NUMBERS:
                setattr(layer, name, _as_array(getattr(layer, name)))
        for node in _nodes(layer):
            arguments = node.arguments
            arguments.args = keras.tree.map_structure(_as_array, arguments.args)
            arguments.kwargs = keras.tree.map_structure(_as_array, arguments.kwargs)


def _nodes(model: Any) -> Iterator[Any]:
    """Yield every call in the graph of a functional model; nothing for another layer."""
    for operation in getattr(model, "operations", ()):
        yield from operation._inbound_nodes


def _as_array(value: Any) -> Any:
    # The tensors of the graph itself have no numbers.
    return np.asarray(value) if hasattr(value, "numpy") else value
