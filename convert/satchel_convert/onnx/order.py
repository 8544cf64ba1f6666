"""The nodes of an ONNX model in an order in which they can be computed.

ONNX Runtime's tools append nodes, and where they sort them they do not look into loops, whose
bodies read values of the graph around them. The specification wants every value made before it is
read: https://github.com/onnx/onnx/blob/main/docs/IR.md#graphs.
"""

import copy
from typing import Any


def sort_nodes(graph: Any) -> None:
    """Sort the nodes of an onnx.GraphProto in place; a sorted graph stays as it is."""
    # An optional input that is left out has the empty name.
    made = {value.name for value in (*graph.input, *graph.initializer)} | {""}
    waiting, ordered = list(graph.node), []
    while waiting:
        blocked = []
        for node in waiting:
            if _reads(node) <= made:
                made.update(node.output)
                ordered.append(copy.deepcopy(node))
            else:
                blocked.append(node)
        assert len(blocked) < len(waiting), f"{blocked[0].name} reads what nothing makes"
        waiting = blocked
    del graph.node[:]
    graph.node.extend(ordered)


def _reads(node: Any) -> set[str]:
    """Return the names of the values that ``node`` reads, in its subgraphs too."""
    return {*node.input}.union(
        *(_reads_from_outside(each.g) for each in node.attribute if each.HasField("g"))
    )


def _reads_from_outside(graph: Any) -> set[str]:
    made = {value.name for value in (*graph.input, *graph.initializer)}
    made.update(name for node in graph.node for name in node.output)
    # What a graph gives back may be a value of the graph around it.
    reads = {value.name for value in graph.output}
    return reads.union(*(_reads(node) for node in graph.node)) - made
