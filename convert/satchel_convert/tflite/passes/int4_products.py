"""Multiplies with weights of 4 bits in operators that XNNPACK takes.

XNNPACK takes a FULLY_CONNECTED and a CONV_2D only with constant weights. Those of 4 bits are not:
a DEQUANTIZE writes them when the model is first used. But it takes a BATCH_MATMUL of any two
tensors, and a sum.
"""

from typing import Any, NamedTuple

import numpy as np

from satchel_convert.tflite.graph_builder import GraphBuilder
from satchel_convert.tflite.graph_reader import GraphReader

_LEAST_ROWS = 16
"""The fewest vectors at once for which it is faster: XNNPACK arranges the weights anew each time.
With 512 x 512 weights on x86-64 it takes 1.13 of the time for 2 vectors, 0.9 for 8, 0.63 for 16"""


class _Layer(NamedTuple):
    operator: Any
    """A FULLY_CONNECTED, or a CONV_2D of single pixels"""
    dequantize: Any
    """The DEQUANTIZE of its weights"""
    bias: int
    """The tensor of the bias, or -1"""


def multiply_by_int4(tree: Any) -> None:
    """Replace layers on many vectors, with weights of 4 bits, by a BATCH_MATMUL and an ADD.

    A layer is a FULLY_CONNECTED, or a CONV_2D with a kernel and strides of 1.
    """
    for graph in tree.subgraphs:
        reader, builder = GraphReader(tree, graph), GraphBuilder(tree, graph)
        for operator in list(graph.operators):
            layer = _layer(operator, reader, graph)
            if layer is not None:
                _replace(layer, reader, builder)


def _layer(operator: Any, reader: GraphReader, graph: Any) -> _Layer | None:
    from ai_edge_litert import schema_py_generated as schema

    is_dense = reader.is_a(operator, "FULLY_CONNECTED")
    if not is_dense and not reader.is_a(operator, "CONV_2D"):
        return None
    values, weights, *bias = map(int, operator.inputs)
    dequantize = reader.maker(weights, "DEQUANTIZE")
    if (
        dequantize is None
        or graph.tensors[dequantize.inputs[0]].type != schema.TensorType.INT4
        or not reader.is_float(values, *operator.outputs)
        or not (is_dense or _is_of_pixels(operator, dequantize, reader))
    ):
        return None
    found = _Layer(operator, dequantize, bias[0] if bias else -1)
    outputs, inputs = reader.shape(weights)[0], reader.shape(weights)[-1]
    sides = reader.shape(values)
    activation = reader.option(operator, "fusedActivationFunction")
    keeps_sides = reader.shape(operator.outputs[0]) == (*sides[:-1], outputs)
    many = inputs == sides[-1] and reader.size(values) >= _LEAST_ROWS * inputs
    return found if many and keeps_sides and (found.bias >= 0 or not activation) else None


def _is_of_pixels(operator: Any, dequantize: Any, reader: GraphReader) -> bool:
    """Return whether a CONV_2D looks at one pixel a time, with weights that only it reads."""
    names = ("strideW", "strideH", "dilationWFactor", "dilationHFactor")
    return (
        reader.shape(operator.inputs[1])[1:3] == (1, 1)
        and all(reader.option(operator, name) == 1 for name in names)
        and reader.is_read_once(operator.inputs[1])
        and reader.is_read_once(dequantize.inputs[0])
    )


def _replace(layer: _Layer, reader: GraphReader, builder: GraphBuilder) -> None:
    values, weights, *_ = map(int, layer.operator.inputs)
    result = int(layer.operator.outputs[0])
    outputs, *_, inputs = reader.shape(weights)
    for tensor in (weights, int(layer.dequantize.inputs[0])):
        builder.graph.tensors[tensor].shape = np.array([outputs, inputs], np.int32)
    product = result
    if layer.bias >= 0:
        name = builder.graph.tensors[result].name.decode()
        product = builder.tensor(f"{name}/product", reader.shape(result), "FLOAT32")
    builder.add("BATCH_MATMUL", [values, weights], product, "BatchMatMulOptions").adjY = True
    if layer.bias >= 0:
        options = builder.add("ADD", [product, layer.bias], result, "AddOptions")
        options.fusedActivationFunction = reader.option(layer.operator, "fusedActivationFunction")
    builder.replace(layer.operator)
