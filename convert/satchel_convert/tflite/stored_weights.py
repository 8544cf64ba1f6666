"""Stores constants of a float .tflite as integers, from which a DEQUANTIZE makes floats.

A DEQUANTIZE of a constant runs once, when the model is first used.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.int4 import pack_int4
from satchel_convert.tflite.flatbuffer import add_buffer


def dequantize_constants(tree: Any, graph: Any, stored: Mapping[int, int]) -> None:
    """Let DEQUANTIZE operators make floats of integer tensors, for all that read the floats.

    ``stored`` gives for the number of each float constant of ``graph`` that of the integers which
    take its place. The data that nothing reads any more is removed.
    """
    from ai_edge_litert import schema_py_generated as schema

    code = _operator_code(tree, schema)
    made = {}
    replaced = set()
    for constant, integers in stored.items():
        tensor = graph.tensors[constant]
        replaced.add(tensor.buffer)
        tensor.buffer = 0
        floats = schema.TensorT()
        floats.name, floats.shape = tensor.name + b"/floats", tensor.shape
        floats.type, floats.buffer = schema.TensorType.FLOAT32, 0
        graph.tensors.append(floats)
        made[constant] = integers, len(graph.tensors) - 1
    for operator in graph.operators:
        inputs = [made[at][1] if at in made else at for at in operator.inputs]
        operator.inputs = np.array(inputs, np.int32)
    for integers, at in made.values():
        dequantize = schema.OperatorT()
        dequantize.opcodeIndex = code
        dequantize.inputs = np.array([integers], np.int32)
        dequantize.outputs = np.array([at], np.int32)
        graph.operators.insert(0, dequantize)
    read = {tensor.buffer for each in tree.subgraphs for tensor in each.tensors}
    for number in replaced - read:
        tree.buffers[number].data = None


def add_integers(
    tree: Any,
    graph: Any,
    name: bytes,
    levels: NDArray[np.int8],
    scales: NDArray[np.float32],
    *,
    axis: int,
    bits: int,
) -> int:
    """Add constant ``levels`` of 4 or 8 bits to a graph; return the number of their tensor.

    ``scales``, one for each position along ``axis``, say how far one level is.
    """
    from ai_edge_litert import schema_py_generated as schema

    stored = schema.TensorT()
    stored.name, stored.shape = name, np.array(levels.shape, np.int32)
    if bits == 4:
        stored.type, data = schema.TensorType.INT4, pack_int4(levels)
    else:
        stored.type, data = schema.TensorType.INT8, np.ascontiguousarray(levels).view(np.uint8)
    stored.buffer = add_buffer(tree, data.ravel())
    stored.quantization = schema.QuantizationParametersT()
    stored.quantization.scale = scales.astype(np.float32)
    stored.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    stored.quantization.quantizedDimension = axis
    graph.tensors.append(stored)
    return len(graph.tensors) - 1


def _operator_code(tree: Any, schema: Any) -> int:
    """Return the index of DEQUANTIZE among the model's operator codes."""
    wanted = schema.BuiltinOperator.DEQUANTIZE
    for place, code in enumerate(tree.operatorCodes):
        if code.builtinCode == wanted and code.version >= 5:
            return place
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = wanted
    # Version 5 allows a scale for each channel.
    code.version = 5
    tree.operatorCodes.append(code)
    return len(tree.operatorCodes) - 1
