"""No shapes of values between the ends: engines infer them."""

from typing import Any

from satchel_convert.onnx.graphs import nested_graphs


def drop_inferred_shapes(model: Any) -> None:
    """Leave out the shapes of all values but the model's inputs and outputs."""
    for graph in nested_graphs(model.graph):
        del graph.value_info[:]
