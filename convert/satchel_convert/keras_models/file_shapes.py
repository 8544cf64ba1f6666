"""Reads the inputs and outputs of a model from the configuration of its file, without Keras."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.configuration import Configuration
from satchel_convert.text_rows import naming_hint, tensors_named

_KEEPS_SIZE = frozenset(
    {
        "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dropout",
        "ELU", "GaussianDropout", "GaussianNoise", "Identity", "LeakyReLU", "LogSoftmax", "ReLU",
        "Rescaling", "Sigmoid", "Softmax",
    }
)  # fmt: skip
"""The layers and operations whose output has the shape of their input"""


class FileShapes(NamedTuple):
    """What the configuration shows of a model's input and output."""

    input: tuple[int | None, ...] | None
    """The shape of the one input with its batch; None if it is not shown, or of strings"""
    outputs: int | None
    """The number of outputs of the last layer that has weights; None if it is not shown"""


def read_shapes(configuration: Configuration, *, name: str) -> FileShapes:
    """Return the shapes that the configuration of the file ``name`` shows.

    Raises ConversionError for a model with several outputs, or with several inputs that are not
    those of a text.
    """
    model = configuration.model
    config = model["config"]
    layers = config.get("layers") if isinstance(config, dict) else config
    if not isinstance(layers, list) or not layers:
        return FileShapes(None, None)
    if model.get("class_name") == "Sequential":
        return FileShapes(_input_of(layers[0]), _count_of_chain(layers))
    ends = _ends(config.get("input_layers")), _ends(config.get("output_layers"))
    if not all(ends):
        return FileShapes(None, None)
    names = _names(config["input_layers"])
    is_text = bool(tensors_named(names))
    if len(ends[1]) != 1 or (len(names) != 1 and not is_text):
        raise ConversionError(
            f"Expected a Keras model with one input and one output in {name!r},"
            f" got {len(names)} and {len(ends[1])}: {', '.join((*names, *ends[1]))}. For ids with a"
            f" mask and segments, {naming_hint()}."
        )
    by_name = {str(each.get("name")): each for each in layers if isinstance(each, dict)}
    start = None if is_text else _input_of(by_name.get(ends[0][0]))
    return FileShapes(start, _count_before(ends[1][0], by_name))


def _ends(value: Any) -> list[str]:
    """Return the names of the layers in a list of [name, node, tensor], or in one such entry."""
    if isinstance(value, dict):
        return [name for inner in value.values() for name in _ends(inner)]
    if not isinstance(value, list) or not value:
        return []
    if isinstance(value[0], str):
        return [value[0]]
    return [name for inner in value for name in _ends(inner)]


def _names(value: Any) -> list[str]:
    """Return the names of a model's inputs: the keys of a mapping, or the names of layers."""
    return list(value) if isinstance(value, dict) else _ends(value)


def _input_of(layer: Any) -> tuple[int | None, ...] | None:
    config = layer.get("config") if isinstance(layer, dict) else None
    if not isinstance(config, dict):
        return None
    if config.get("dtype") == "string":
        return None
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    return tuple(shape) if isinstance(shape, list) else None


def _count_of_chain(layers: list[Any]) -> int | None:
    for layer in reversed(layers):
        if not isinstance(layer, dict) or layer.get("class_name") not in _KEEPS_SIZE:
            return _units(layer)
    return None


def _count_before(name: str, layers: Mapping[str, Any]) -> int | None:
    seen = set[str]()
    while name in layers and name not in seen:
        seen.add(name)
        layer = layers[name]
        if layer.get("class_name") not in _KEEPS_SIZE:
            return _units(layer)
        name = _source(layer.get("inbound_nodes"))
    return None


def _source(nodes: Any) -> str:
    """Return the name of the first layer that a layer reads; empty if it is not shown."""
    if isinstance(nodes, dict):
        history = nodes.get("keras_history")
        if isinstance(history, list) and history:
            return str(history[0])
        nodes = list(nodes.values())
    if not isinstance(nodes, list) or not nodes:
        return ""
    if isinstance(nodes[0], str) and len(nodes) >= 3:
        return nodes[0]
    return next((found for each in nodes if (found := _source(each))), "")


def _units(layer: Any) -> int | None:
    if not isinstance(layer, dict) or layer.get("class_name") != "Dense":
        return None
    units = layer.get("config", {}).get("units")
    return units if isinstance(units, int) else None
