"""Adds a bias of zeros to int8 layers without one, on which tflite-runtime crashes on Arm."""

from typing import Any

import numpy as np

from satchel.model_checks import goes_to_gemmlowp
from satchel_convert.tflite.flatbuffer import add_buffer, builtin_code


def add_biases(tree: Any) -> None:
    """Add a bias of zeros to each FULLY_CONNECTED that must have one; no prediction changes."""
    from ai_edge_litert import schema_py_generated as schema

    for graph in tree.subgraphs:
        for operator in graph.operators:
            if builtin_code(tree, operator) != schema.BuiltinOperator.FULLY_CONNECTED:
                continue
            values, weights, *bias = (int(at) for at in operator.inputs)
            product = graph.tensors[values], graph.tensors[weights]
            if bias in ([], [-1]) and _must_have_bias(*product, schema):
                graph.tensors.append(_zeros(tree, *product, schema))
                added = len(graph.tensors) - 1
                operator.inputs = np.array([values, weights, added], np.int32)


def _must_have_bias(values: Any, weights: Any, schema: Any) -> bool:
    scales = weights.quantization.scale if weights.quantization else None
    by_channel = scales is not None and len(scales) > 1
    int8 = values.type == schema.TensorType.INT8
    return int8 and by_channel and goes_to_gemmlowp(values.shape, weights.shape)


def _zeros(tree: Any, values: Any, weights: Any, schema: Any) -> Any:
    """Return a bias for ``weights``, whose buffer is added to the file."""
    outputs = int(weights.shape[0])
    tensor = schema.TensorT()
    tensor.name, tensor.shape = weights.name + b"/bias", np.array([outputs], np.int32)
    tensor.type = schema.TensorType.INT32
    tensor.buffer = add_buffer(tree, np.zeros(4 * outputs, np.uint8))
    tensor.quantization = schema.QuantizationParametersT()
    scales = np.asarray(weights.quantization.scale, np.float32)
    tensor.quantization.scale = scales * np.float32(values.quantization.scale[0])
    tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    tensor.quantization.quantizedDimension = 0
    return tensor
