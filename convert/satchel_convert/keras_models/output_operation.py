"""Finds the operation that makes the output of a Keras model, through whatever only reshapes it.

The last layer of a model does not say it: ``keras.activations.softmax(x)`` and
``keras.ops.softmax(x)`` are operations of the graph and no layers, and a model inside a model is a
layer without an activation of its own.
"""

from typing import Any

_OPERATIONS = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid"}
"""Keras's name of the activation by the class of an operation"""
_CHANGE_NOTHING = frozenset(
    {
        "AlphaDropout", "Cast", "Dropout", "ExpandDims", "Flatten", "GaussianDropout",
        "GaussianNoise", "GetItem", "Identity", "Ravel", "Reshape", "SpatialDropout1D",
        "SpatialDropout2D", "Squeeze",
    }
)  # fmt: skip
"""The classes of operations after an activation that do not change its meaning"""
_AVERAGES = frozenset(
    {
        "AveragePooling1D", "AveragePooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
        "Mean",
    }
)  # fmt: skip
"""Operations that make probabilities of probabilities, and logits of logits"""
_LINEAR = frozenset({"BatchNormalization"})


def output_activation(model: Any) -> str | None:
    """Return Keras's name of the activation of the model's one output, such as ``softmax``.

    It is ``linear`` for the output of a layer without an activation, and None for an operation that
    does not show what its outputs are.
    """
    tensor = model.outputs[0]
    while True:
        history = getattr(tensor, "_keras_history", None)
        if history is None:
            return None
        operation = history.operation
        if inner := getattr(operation, "outputs", None):
            tensor = inner[history.tensor_index]
            continue
        found = _activation(operation)
        if found is not None:
            return None if found == "" else found
        inputs = operation._inbound_nodes[history.node_index].input_tensors
        if len(inputs) != 1:
            return None
        (tensor,) = inputs


def _activation(operation: Any) -> str | None:
    """Return the name of an operation's activation, "" if unknown, None to look before it."""
    kind = type(operation).__name__
    if kind in _OPERATIONS:
        return _OPERATIONS[kind]
    stated = getattr(operation, "activation", None)
    if stated is not None:
        name = getattr(stated, "__name__", "")
        return None if kind == "Activation" and name == "linear" else name
    if kind in _CHANGE_NOTHING or kind in _AVERAGES:
        return None
    return "linear" if kind in _LINEAR else ""
