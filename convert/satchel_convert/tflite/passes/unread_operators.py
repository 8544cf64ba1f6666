"""Removes operators whose output nothing reads any more, and the content of their constants.

A mask that is true for all words by all words is as large as the scores of all heads.
"""

from typing import Any

from satchel_convert.tflite.graph_reader import GraphReader

_STATELESS = (
    "LOGICAL_AND",
    "LOGICAL_OR",
    "LOGICAL_NOT",
    "RESHAPE",
    "EXPAND_DIMS",
    "BROADCAST_TO",
    "DEQUANTIZE",
    "SLICE",
    "CONCATENATION",
)
"""The operators that make masks, constants and parts of lists, and only write their output"""


def remove_unread_operators(tree: Any) -> None:
    """Remove operators without state that nothing reads, and the constants that only they read."""
    dropped = set()
    for graph in tree.subgraphs:
        while unread := _unread(GraphReader(tree, graph), graph):
            graph.operators.remove(unread)
            dropped |= {graph.tensors[at].buffer for at in unread.inputs if at >= 0}
    # A buffer may be that of several tensors, in any graph.
    kept = {
        graph.tensors[at].buffer
        for graph in tree.subgraphs
        for tensors in (graph.inputs, graph.outputs, *(each.inputs for each in graph.operators))
        for at in tensors
        if at >= 0
    }
    for number in dropped - kept:
        tree.buffers[number].data = None


def _unread(reader: GraphReader, graph: Any) -> Any | None:
    for operator in graph.operators:
        stateless = any(reader.is_a(operator, name) for name in _STATELESS)
        if stateless and not any(reader.is_read(at) for at in operator.outputs):
            return operator
    return None
