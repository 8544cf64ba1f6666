"""Stores the weights of a float32 ONNX model in 4 bits; the model computes with them as floats.

A DequantizeLinear of opset 21 stands before the readers of each weight, with a scale for each block
of BLOCK numbers (https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html). ONNX Runtime 1.32
makes floats of them in every run, so the file is small and the model is slow.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.int4 import LEAST, LEVELS, pack_int4

BLOCK = 32
"""The number of weights that share a scale"""
OPSET = 21
"""The first opset with numbers of 4 bits"""
_IR_VERSION = 10
"""The first IR version that allows this opset"""
_READERS = ("Conv", "ConvTranspose", "Gemm", "MatMul", "Gather")


def store_int4_weights(model: Any) -> None:
    """Store large float32 weights in 4 bits, with a DequantizeLinear before their readers."""
    from onnx import version_converter

    default = next(each for each in model.opset_import if each.domain == "")
    if default.version < OPSET:
        model.CopyFrom(version_converter.convert_version(model, OPSET))
    model.ir_version = max(model.ir_version, _IR_VERSION)
    graph = model.graph
    read = {name for node in graph.node if node.op_type in _READERS for name in node.input}
    kept, nodes = [], []
    for each in graph.initializer:
        if each.name in read and _is_worth_it(each):
            stored, node = _store(each)
            kept += stored
            nodes.append(node)
        else:
            kept.append(each)
    ordered = [*nodes, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(ordered)


def _is_worth_it(tensor: Any) -> bool:
    return tensor.data_type == tensor.FLOAT and int(np.prod(tensor.dims)) >= LEAST


def _store(tensor: Any) -> tuple[list[Any], Any]:
    """Return the levels and the scales of a weight, and the node that makes floats of them."""
    from onnx import TensorProto, helper, numpy_helper

    values = numpy_helper.to_array(tensor)
    axis = _block_axis(values.shape)
    levels, scales = quantize_blocks(values, axis=axis)
    stored, scale = f"{tensor.name}/int4", f"{tensor.name}/scale"
    packed = pack_int4(levels).tobytes()
    constants = [
        helper.make_tensor(stored, TensorProto.INT4, levels.shape, packed, raw=True),
        numpy_helper.from_array(scales, scale),
    ]
    options = {"axis": axis, "block_size": BLOCK}
    return constants, helper.make_node(
        "DequantizeLinear", [stored, scale], [tensor.name], **options
    )


def quantize_blocks(
    values: NDArray[np.float32], *, axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return levels from -7 to 7 in the shape of ``values``, and a scale for each block of them.

    A block has BLOCK numbers along ``axis``; the last one may have fewer.
    """
    count = -(-values.shape[axis] // BLOCK)
    wide = [(0, count * BLOCK - size if at == axis else 0) for at, size in enumerate(values.shape)]
    moved = np.moveaxis(np.pad(values, wide), axis, -1)
    blocks = moved.reshape(*moved.shape[:-1], count, BLOCK)
    scales = np.abs(blocks).max(axis=-1) / LEVELS
    # A block of zeros also needs a scale.
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    levels = np.round(blocks / scales[..., np.newaxis]).reshape(moved.shape)
    levels = np.moveaxis(levels, -1, axis).take(np.arange(values.shape[axis]), axis)
    return levels.astype(np.int8), np.moveaxis(scales, -1, axis)


def _block_axis(shape: tuple[int, ...]) -> int:
    """Return the longest axis, along which the fewest places of last blocks stay empty."""
    return int(np.argmax(shape))
