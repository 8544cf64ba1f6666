"""Finds how many ids a Keras model has embeddings for."""

from collections.abc import Iterator, Sequence
from typing import Any

from satchel_convert.keras_models.model_inputs import input_names
from satchel_convert.text_rows import rows_of, tensors_named


def embedded_ids(model: Any) -> int | None:
    """Return the smallest ``input_dim`` of the embeddings that read a model's ids.

    It is None if no ``Embedding`` does. Embeddings of positions and segments read something else.
    """
    graph = _graph(model)
    return min(_sizes(graph, _ids(model, graph)), default=None)


def _graph(model: Any) -> Any:
    return getattr(model, "_functional", None) or model


def _ids(model: Any, graph: Any) -> Sequence[Any]:
    """Return the only input of a model, or the one of several whose name says that it is ids."""
    inputs: Sequence[Any] = getattr(graph, "inputs", None) or ()
    if len(inputs) < 2:
        return inputs
    names = input_names(model)
    tensors = tensors_named(names)
    # The ids are the first row of every text.
    return [inputs[rows_of(names, tensors).index(0)]] if tensors else []


def _sizes(graph: Any, ids: Sequence[Any]) -> Iterator[int]:
    for operation in getattr(graph, "operations", ()):
        read = [each for node in operation._inbound_nodes for each in node.input_tensors]
        if not any(each is tensor for each in read for tensor in ids):
            continue
        if type(operation).__name__ == "Embedding":
            yield operation.input_dim
        elif hasattr(operation, "layers") and len(read) == 1:
            inner = _graph(operation)
            yield from _sizes(inner, getattr(inner, "inputs", None) or ())
