"""Removes operator sets that no operator uses."""

from typing import Any

from satchel_convert.onnx.graphs import nested_graphs


def drop_operator_sets(model: Any) -> None:
    """Remove the operator sets that the model imports and does not use."""
    used = {node.domain for graph in nested_graphs(model.graph) for node in graph.node}
    kept = [each for each in model.opset_import if each.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
