"""Sorts the nodes of an ONNX model, so that every value is made before it is read.

The specification demands this order: https://github.com/onnx/onnx/blob/main/docs/IR.md#graphs.
ONNX Runtime's tools append nodes. When they sort nodes, they ignore the bodies of loops, which read
values of the graph around them.
"""

import copy
from typing import Any

from satchel_convert.onnx.graphs import reads


def sort_nodes(model: Any) -> None:
    """Sort the nodes of the main graph; a sorted graph stays as it is."""
    graph = model.graph
    # An optional input that is left out has the empty name.
    made = {value.name for value in (*graph.input, *graph.initializer)} | {""}
    waiting, ordered = list(graph.node), []
    while waiting:
        blocked = []
        for node in waiting:
            if reads(node) <= made:
                made.update(node.output)
                ordered.append(copy.deepcopy(node))
            else:
                blocked.append(node)
        assert len(blocked) < len(waiting), f"{blocked[0].name} reads what nothing makes"
        waiting = blocked
    del graph.node[:]
    graph.node.extend(ordered)
