"""Multiplies matrices in the order in which the product is read, so that nobody transposes it.

Keras computes the scores of attention as keys times queries, and then transposes them: a matrix of
all words by all words, the largest of the model. ONNX Runtime reads a factor transposed, but it
does not turn a product around.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from satchel_convert.onnx.graphs import reads


def order_products(model: Any) -> None:
    """Replace (a b)ᵀ by bᵀ aᵀ, where b comes from a Transpose of its own, in the main graph."""
    from onnx import helper

    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    readers = Counter(name for node in graph.node for name in reads(node))
    readers.update(value.name for value in graph.output)
    constants = {each.name: each for each in graph.initializer}
    nodes, gone = [], set[str]()
    for node in graph.node:
        product = _transposed(node, made, readers)
        rank = len(_order(node))
        if product is None or _rank(product.input[0], made, constants) != rank:
            nodes.append(node)
            continue
        first, second = product.input
        flipped = made[second]
        _set_order(flipped, _swapped(_order(flipped)))
        turned = f"{product.output[0]}/turned"
        swap = _swapped(range(rank))
        nodes.append(helper.make_node("Transpose", [first], [turned], perm=swap))
        nodes.append(helper.make_node("MatMul", [second, turned], node.output, product.name))
        gone.update(product.output)
        # Its sides are in the other order now.
        _forget(graph, second)
    del graph.node[:]
    graph.node.extend(node for node in nodes if gone.isdisjoint(node.output))


def _transposed(node: Any, made: Mapping[str, Any], readers: Mapping[str, int]) -> Any | None:
    """Return the MatMul whose last two sides ``node`` exchanges, if it can be turned around."""
    order = _order(node)
    if len(order) < 2 or list(order) != _swapped(range(len(order))):
        return None
    product = made.get(node.input[0])
    if product is None or product.op_type != "MatMul" or readers[product.output[0]] != 1:
        return None
    second = product.input[1]
    turns = len(_order(made[second])) == len(order) if second in made else False
    return product if turns and readers[second] == 1 else None


def _rank(value: str, made: Mapping[str, Any], constants: Mapping[str, Any]) -> int | None:
    """Return the number of sides of a value that a Transpose or a Reshape makes, or None."""
    node = made.get(value)
    if node is not None and node.op_type == "Reshape" and node.input[1] in constants:
        return int(constants[node.input[1]].dims[0])
    return (len(_order(node)) or None) if node is not None else None


def _order(node: Any) -> list[int]:
    """Return the order of sides that a Transpose names, or nothing of another node."""
    if node.op_type != "Transpose":
        return []
    return [side for each in node.attribute if each.name == "perm" for side in each.ints]


def _set_order(node: Any, order: list[int]) -> None:
    for each in node.attribute:
        if each.name == "perm":
            each.ints[:] = order


def _swapped(order: Any) -> list[int]:
    *others, first, second = order
    return [*others, second, first]


def _forget(graph: Any, value: str) -> None:
    """Remove what the file says about a value between its inputs and outputs."""
    kept = [each for each in graph.value_info if each.name != value]
    del graph.value_info[:]
    graph.value_info.extend(kept)
