"""Names and feeds the inputs of a Keras model, which may be one tensor, a list or a mapping."""

from collections.abc import Sequence
from typing import Any


def input_names(model: Any) -> list[str]:
    """Return the name of each of ``model.inputs``: its key in a mapping, or its own name."""
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, dict):
        # Keras flattens a mapping in the order of its sorted keys.
        return sorted(structure)
    return [str(each.name) for each in model.inputs]


def call(model: Any, tensors: Sequence[Any]) -> Any:
    """Return the outputs of a Keras model for a tensor for each of ``model.inputs``, in order."""
    import keras

    structure = getattr(model, "_inputs_struct", None)
    if structure is None or len(tensors) == 1:
        (tensor,) = tensors
        return model(tensor, training=False)
    return model(keras.tree.pack_sequence_as(structure, list(tensors)), training=False)
