"""Finds how many ids a Keras model has embeddings for."""

from collections.abc import Iterator
from typing import Any


def embedded_ids(model: Any) -> int | None:
    """Return the smallest ``input_dim`` of the embeddings that read a model's input.

    It is None if no ``Embedding`` does. Embeddings of positions read something else.
    """
    return min(_sizes(model), default=None)


def _sizes(model: Any) -> Iterator[int]:
    graph = getattr(model, "_functional", None) or model
    for operation in getattr(graph, "operations", ()):
        read = [each for node in operation._inbound_nodes for each in node.input_tensors]
        if not any(each is tensor for each in read for tensor in graph.inputs):
            continue
        if type(operation).__name__ == "Embedding":
            yield operation.input_dim
        elif hasattr(operation, "layers"):
            yield from _sizes(operation)
