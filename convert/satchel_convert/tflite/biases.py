"""Zeros to add, for int8 layers without a bias: tflite-runtime on Arm ends where there are none."""

from typing import Any

import numpy as np

from satchel.model_checks import goes_to_gemmlowp, misses_bias
from satchel_convert.tflite.flatbuffer import read_tree, write_tree


def give_biases(model: bytes) -> bytes:
    """Return ``model`` with a bias in each FULLY_CONNECTED that must have one.

    Itself where none must. The answers stay the same.
    """
    if not misses_bias(model):
        return model
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(model)
    codes = [code.builtinCode for code in tree.operatorCodes]
    for graph in tree.subgraphs:
        for operator in graph.operators:
            if codes[operator.opcodeIndex] != schema.BuiltinOperator.FULLY_CONNECTED:
                continue
            values, weights, *bias = (int(at) for at in operator.inputs)
            product = graph.tensors[values], graph.tensors[weights]
            if bias in ([], [-1]) and _must_have_bias(*product, schema):
                graph.tensors.append(_zeros(tree, *product, schema))
                operator.inputs = [values, weights, len(graph.tensors) - 1]
    return write_tree(tree)


def _must_have_bias(values: Any, weights: Any, schema: Any) -> bool:
    scales = weights.quantization.scale if weights.quantization else None
    by_channel = scales is not None and len(scales) > 1
    int8 = values.type == schema.TensorType.INT8
    return int8 and by_channel and goes_to_gemmlowp(values.shape, weights.shape)


def _zeros(tree: Any, values: Any, weights: Any, schema: Any) -> Any:
    """Return a bias for ``weights``, whose buffer is added to the file."""
    buffer = schema.BufferT()
    outputs = int(weights.shape[0])
    buffer.data, buffer.offset, buffer.size = np.zeros(4 * outputs, np.uint8), 0, 0
    tree.buffers.append(buffer)
    tensor = schema.TensorT()
    tensor.name, tensor.shape = weights.name + b"/bias", [outputs]
    tensor.type, tensor.buffer = schema.TensorType.INT32, len(tree.buffers) - 1
    tensor.quantization = schema.QuantizationParametersT()
    scales = np.asarray(weights.quantization.scale, np.float32)
    tensor.quantization.scale = scales * np.float32(values.quantization.scale[0])
    tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    tensor.quantization.quantizedDimension = 0
    return tensor
