"""Makes fewer operators of a choice between values and one number, which tf2onnx writes as four.

The export writes ``where(mask, values, number)`` as the sum of two products, of the values with the
mask and of the number with its opposite. Attention chooses twice between matrices of all words by
all words: 0 need not be added, and a score need not be 0 before a very low number is added.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from satchel_convert.conversion.masked_scores import LOW, LOWEST
from satchel_convert.onnx.graphs import drop_unread, reads


class _Choice(NamedTuple):
    sum: Any
    """The Add of both products"""
    kept: Any
    """The Mul of the values and the mask"""
    values: str
    """The values, before the mask"""
    other: Any
    """The Mul of the number and the opposite of the mask"""
    number: float
    opposite: str
    """The opposite of the mask, 1 where the number is chosen"""


def simplify_choices(model: Any) -> None:
    """Rewrite choices of 0, and of a very low number before a Softmax, in the main graph."""
    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    constants = _constants(graph)
    read = Counter(name for node in graph.node for name in reads(node))
    read.update(value.name for value in graph.output)
    before_softmax = {node.input[0] for node in graph.node if node.op_type == "Softmax"}
    addends: dict[str, str] = {}
    instead: dict[str, list[Any]] = {}
    for node in graph.node:
        found = _choice(node, made, constants)
        if found is None or read[found.kept.output[0]] != 1:
            continue
        name = node.output[0]
        if found.number == 0:
            instead[name] = [_without_zero(found)]
        elif found.number <= LOW and name in before_softmax and read[name] == 1:
            instead[name] = _with_lowest(found, graph, addends)
    if not instead:
        return
    nodes = [new for node in graph.node for new in instead.get(node.output[0], [node])]
    del graph.node[:]
    graph.node.extend(nodes)
    _drop_unread_masks(graph)
    drop_unread(graph)


def _without_zero(found: _Choice) -> Any:
    from onnx import helper

    return helper.make_node("Mul", found.kept.input, found.sum.output, found.kept.name)


def _with_lowest(found: _Choice, graph: Any, addends: dict[str, str]) -> list[Any]:
    """Return the nodes in place of a choice; layers that share a mask share its addend."""
    from onnx import helper, numpy_helper

    nodes, other = [], found.other.output[0]
    if other not in addends:
        addends[other] = f"{other}/lowest"
        lowest = np.array(min(found.number, LOWEST), np.float32)
        graph.initializer.append(numpy_helper.from_array(lowest, f"{other}/number"))
        scaled = [f"{other}/number", found.opposite]
        nodes.append(helper.make_node("Mul", scaled, [addends[other]]))
    summed = [found.values, addends[other]]
    return [*nodes, helper.make_node("Add", summed, found.sum.output, found.sum.name)]


def _choice(node: Any, made: Mapping[str, Any], constants: Mapping[str, float]) -> _Choice | None:
    if node.op_type != "Add":
        return None
    for first, second in (node.input, reversed(node.input)):
        kept, other = made.get(first), made.get(second)
        if kept is None or other is None or {kept.op_type, other.op_type} != {"Mul"}:
            continue
        for number, opposite in (other.input, reversed(other.input)):
            for mask, values in (kept.input, reversed(kept.input)):
                if number in constants and _are_opposite(mask, opposite, made):
                    return _Choice(node, kept, values, other, constants[number], opposite)
    return None


def _are_opposite(mask: str, opposite: str, made: Mapping[str, Any]) -> bool:
    """Return whether both are numbers made from bools, one from the Not of the other's."""
    cast, other = made.get(mask), made.get(opposite)
    if cast is None or other is None or {cast.op_type, other.op_type} != {"Cast"}:
        return False
    inverted = made.get(other.input[0])
    return bool(inverted and inverted.op_type == "Not" and inverted.input[0] == cast.input[0])


def _constants(graph: Any) -> dict[str, float]:
    """Return the single float32 numbers among the constants, by name."""
    from onnx import numpy_helper

    return {
        each.name: float(numpy_helper.to_array(each).reshape(()))
        for each in graph.initializer
        if all(size == 1 for size in each.dims) and each.data_type == each.FLOAT
    }


def _drop_unread_masks(graph: Any) -> None:
    """Remove the nodes of choices that nothing reads any more."""
    while True:
        read = {value.name for value in graph.output}.union(*map(reads, graph.node))
        unread = [
            node
            for node in graph.node
            if node.op_type in ("Cast", "Not", "Mul") and read.isdisjoint(node.output)
        ]
        if not unread:
            return
        for node in unread:
            graph.node.remove(node)
