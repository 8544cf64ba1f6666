"""The nodes of an ONNX model in an order in which they can be computed.

ONNX Runtime's tools append nodes, and where they sort them they do not look into loops, whose
bodies read values of the graph around them. The specification wants every value made before it is
read: https://github.com/onnx/onnx/blob/main/docs/IR.md#graphs.
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
