"""Finds the constant that is added to a layer's outputs, so that it can be changed."""

from collections import Counter
from typing import Any

import numpy as np

from satchel_convert.onnx.graphs import nested_graphs, reads
from satchel_convert.onnx.weight_layers import WeightLayer


def own_bias(graph: Any, layer: WeightLayer) -> str | None:
    """Return the name of the bias of a layer, float32 (outputs,) or (1, ..., outputs).

    Conv and Gemm get one of zeros if they have none. A bias that others read too is stored once
    more. None for a MatMul that no Add of a constant follows alone.
    """
    outputs = layer.layout.ordered[0]
    if layer.node.op_type == "MatMul":
        return _added(graph, layer, outputs)
    node = layer.node
    if len(node.input) < 3 or not node.input[2]:
        del node.input[2:]
        node.input.append(_new(graph, f"{layer.weight}/bias", np.zeros(outputs, np.float32)))
    return _own(graph, node, 2, outputs)


def _added(graph: Any, layer: WeightLayer, outputs: int) -> str | None:
    product = layer.node.output[0]
    readers = [node for node in graph.node if product in reads(node)]
    if len(readers) != 1 or readers[0].op_type != "Add" or product in _ends(graph):
        return None
    (add,) = readers
    return _own(graph, add, 1 - list(add.input).index(product), outputs)


def _own(graph: Any, node: Any, at: int, outputs: int) -> str | None:
    """Return the name of a node's constant, which only this node reads; None if it is none."""
    from onnx import numpy_helper

    name = node.input[at]
    found = [each for each in graph.initializer if each.name == name]
    if not found or found[0].data_type != found[0].FLOAT:
        return None
    values = numpy_helper.to_array(found[0])
    if values.shape[-1:] != (outputs,) or values.size != outputs:
        return None
    times = Counter(
        each for inner in nested_graphs(graph) for other in inner.node for each in other.input
    )
    if times[name] > 1 or name in _ends(graph):
        node.input[at] = _new(graph, f"{name}/{node.output[0]}", values)
    return str(node.input[at])


def _new(graph: Any, name: str, values: Any) -> str:
    from onnx import numpy_helper

    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
    return name


def _ends(graph: Any) -> set[str]:
    return {each.name for each in graph.output}
