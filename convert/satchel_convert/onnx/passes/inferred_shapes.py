"""Removes the shapes of inner values, which engines infer."""

from typing import Any

from satchel_convert.onnx.graphs import nested_graphs


def drop_inferred_shapes(model: Any) -> None:
    """Remove the shapes of all values except the model's inputs and outputs."""
    for graph in nested_graphs(model.graph):
        del graph.value_info[:]
