"""Widens the int8 scale of channels whose bias does not fit into int32.

The step of a bias is that of the input times that of the channel's weights. A channel that training
has switched off has weights of almost nothing and still a bias, of which ai-edge-quantizer keeps
only the end of int32: -1.19 becomes -0.0004. TensorFlow's quantizer widens the weights' steps
instead, and so does this module. The weights lose nothing that counts: each adds less than a
ten-thousandth of the bias.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.bias_correction import MOST
from satchel_convert.tflite.flatbuffer import builtin_code, read_tree, write_tree


class Int8Layer(NamedTuple):
    """A layer with int8 weights of its own, as tensors of the tree."""

    input: Any
    weights: Any
    bias: Any
    output: int
    """The position of the output in its graph."""


def fit_biases(quantized: bytes, model: bytes) -> bytes:
    """Return ``quantized``, made of the float ``model``, with every bias of int8 layers in int32.

    Both have the same names of tensors. A layer that shares its weights with another keeps them.
    """
    tree, real = read_tree(quantized), read_tree(model)
    floats = {
        tensor.name: values
        for graph in real.subgraphs
        for tensor in graph.tensors
        if (values := _values(real, tensor, np.float32)) is not None
    }
    layers = [layer for graph in tree.subgraphs for layer in int8_layers(tree, graph)]
    fitted = [_fit(tree, layer.input, layer.weights, layer.bias, floats) for layer in layers]
    return write_tree(tree) if any(fitted) else quantized


def int8_layers(tree: Any, graph: Any) -> Iterator[Int8Layer]:
    """Yield the int8 layers of ``graph``, a part of ``tree``, whose weights are their own."""
    from ai_edge_litert import schema_py_generated as schema

    operators, types = schema.BuiltinOperator, schema.TensorType
    places = {
        operators.CONV_2D: (0, 1, 2),
        operators.DEPTHWISE_CONV_2D: (0, 1, 2),
        operators.FULLY_CONNECTED: (0, 1, 2),
        operators.TRANSPOSE_CONV: (2, 1, 3),
    }
    readers = Counter(
        each.tensors[at].buffer
        for each in tree.subgraphs
        for operator in each.operators
        for at in operator.inputs
        if at >= 0
    )
    for operator in graph.operators:
        place = places.get(builtin_code(tree, operator))
        if place is None or len(operator.inputs) <= place[2]:
            continue
        held = [int(operator.inputs[at]) for at in place]
        if min(held) < 0:
            continue
        values, weights, bias = (graph.tensors[at] for at in held)
        wanted = (types.INT8, types.INT8, types.INT32)
        own = readers[weights.buffer] == readers[bias.buffer] == 1
        if own and (values.type, weights.type, bias.type) == wanted:
            yield Int8Layer(values, weights, bias, int(operator.outputs[0]))


def _fit(tree: Any, values: Any, weights: Any, bias: Any, floats: dict[bytes, Any]) -> bool:
    """Widen the steps of a layer's weights if its bias needs it; return whether it does."""
    real = floats.get(bias.name)
    levels = _values(tree, weights, np.int8)
    if real is None or levels is None:
        return False
    scale = np.asarray(weights.quantization.scale, np.float64)
    step = float(values.quantization.scale[0])
    times = np.maximum(1.0, np.abs(real.ravel()) / (MOST * step * scale))
    if scale.size == 1:
        times = times.max(keepdims=True)
    if not (times > 1).any():
        return False
    shape = [1] * levels.ndim
    shape[weights.quantization.quantizedDimension if scale.size > 1 else 0] = -1
    wider = (scale * times).astype(np.float32)
    # The same numbers on the wider steps.
    _store(tree, weights, (levels / times.reshape(shape)).round().astype(np.int8))
    weights.quantization.scale = wider
    steps = wider * np.float32(step)
    _store(tree, bias, (real.ravel().astype(np.float64) / steps).round().astype(np.int32))
    bias.quantization.scale = steps
    return True


def _values(tree: Any, tensor: Any, dtype: Any) -> NDArray[Any] | None:
    """Return the stored values of a tensor; None for one that is computed or of another dtype."""
    from ai_edge_litert import schema_py_generated as schema

    types = {
        np.float32: schema.TensorType.FLOAT32,
        np.int8: schema.TensorType.INT8,
    }
    data = tree.buffers[tensor.buffer].data
    if tensor.type != types[dtype] or data is None or not len(data):
        return None
    stored = np.frombuffer(np.asarray(data, np.uint8).tobytes(), dtype)
    return stored.reshape(tensor.shape)


def _store(tree: Any, tensor: Any, values: NDArray[Any]) -> None:
    tree.buffers[tensor.buffer].data = np.frombuffer(values.tobytes(), np.uint8)
