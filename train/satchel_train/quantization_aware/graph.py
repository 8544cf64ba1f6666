"""Reads the graph of a Keras model: its layers, and which of them take another's output.

Importing this module imports Keras.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras

from satchel_train.errors import SettingsError

OUTPUT = ""
"""The name of the model's own output among the consumers of a layer."""


class Graph(NamedTuple):
    """The consumers of each layer's output, by name."""

    consumers: Mapping[str, Sequence[str]]
    calls: Mapping[str, int]
    """The number of calls of each layer. A shared layer is called more than once."""

    def only_consumer(self, name: str) -> str | None:
        """Return the only consumer of the layer ``name``, or None if there are others."""
        consumers = self.consumers[name]
        alone = len(consumers) == 1 and self.calls[name] == self.calls.get(consumers[0]) == 1
        return consumers[0] if alone else None


def functional(model: Any) -> Any:
    """Return ``model``, functional or Sequential, as a functional model of the same layers.

    It is not compiled: Keras could not copy it with a loss that is a function of one's own.

    Raises SettingsError for a subclassed model, whose layers only its own code knows.
    """
    known = type(model) in (keras.Model, keras.Sequential) or isinstance(model, keras.Function)
    if not known or not getattr(model, "inputs", None):
        raise SettingsError(
            "Expected a built functional or Sequential Keras model,"
            f" got {type(model).__name__}: build its layers with keras.Model(inputs, outputs)."
        )
    if isinstance(model, keras.Sequential):
        return keras.Model(model.inputs, model.outputs, name=model.name)
    return keras.Model(model.input, model.output, name=model.name)


def read_graph(model: Any) -> Graph:
    """Return the graph of a functional ``model``."""
    consumers: dict[str, list[str]] = {}
    calls: Counter[str] = Counter()
    producers: dict[int, str] = {}

    def note(operation: Any, *words: Any, **named: Any) -> Any:
        _take((words, named), operation.name)
        values = operation(*words, **named)
        calls[operation.name] += 1
        consumers.setdefault(operation.name, [])
        producers.update({id(value): operation.name for value in keras.tree.flatten(values)})
        kept.append(values)
        return values

    def _take(values: Any, name: str) -> None:
        for value in keras.tree.flatten(values):
            if id(value) in producers:
                consumers[producers[id(value)]].append(name)

    # Keep all tensors: otherwise another tensor could get the id of one that is gone.
    kept: list[Any] = []
    # Work on a copy, so that the model's own layers get no further calls.
    copy = keras.models.clone_model(model, clone_function=new_copy, call_function=note)
    _take(copy.outputs, OUTPUT)
    return Graph(consumers, calls)


def new_copy(layer: Any) -> Any:
    """Return a new layer, or a new operation of ``keras.ops``, of the same name and settings."""
    copy = type(layer).from_config(layer.get_config())
    # Keras leaves the name of an operation out of its settings.
    copy.name = layer.name
    return copy


def find_layer(model: Any, name: str | None) -> Any:
    """Return the layer ``name`` of ``model``, or None for None and for an operation's name."""
    return next((layer for layer in model.layers if layer.name == name), None)


def with_weights(model: Any) -> list[Any]:
    """Return the layers of ``model`` that have any weights."""
    return [layer for layer in model.layers if layer.weights]
