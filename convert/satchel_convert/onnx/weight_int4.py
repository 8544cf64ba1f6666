"""A float32 ONNX model whose weights are stored in 4 bits and computed with as floats.

A DequantizeLinear of opset 21 stands before every reader of a weight: a scale for each block of
BLOCK numbers (https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html). ONNX Runtime 1.32 makes
floats of them in every run: the file is small, and the model slow.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.int4 import LEAST, LEVELS, pack_int4

BLOCK = 32
"""Numbers that share a scale"""
OPSET = 21
"""The first with 4 bits"""
_IR_VERSION = 10
"""The first that allows that opset"""
_READERS = ("Conv", "ConvTranspose", "Gemm", "MatMul", "Gather")


def quantize_weights(model: bytes) -> Any:
    """Return an onnx.ModelProto whose large weights are int4."""
    import onnx
    from onnx import helper, numpy_helper, version_converter

    loaded = onnx.load_from_string(model)
    default = next(each for each in loaded.opset_import if each.domain == "")
    if default.version < OPSET:
        loaded = version_converter.convert_version(loaded, OPSET)
    loaded.ir_version = max(loaded.ir_version, _IR_VERSION)
    graph = loaded.graph
    read = {name for node in graph.node if node.op_type in _READERS for name in node.input}
    kept, nodes = [], []
    for each in graph.initializer:
        values = numpy_helper.to_array(each)
        if each.name not in read or values.dtype != np.float32 or values.size < LEAST:
            kept.append(each)
            continue
        axis = _block_axis(values.shape)
        levels, scales = quantize_blocks(values, axis=axis)
        stored, scale = f"{each.name}/int4", f"{each.name}/scale"
        kept += [
            helper.make_tensor(
                stored, onnx.TensorProto.INT4, levels.shape, pack_int4(levels).tobytes(), raw=True
            ),
            numpy_helper.from_array(scales, scale),
        ]
        options = {"axis": axis, "block_size": BLOCK}
        nodes.append(helper.make_node("DequantizeLinear", [stored, scale], [each.name], **options))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    ordered = [*nodes, *graph.node]
    del graph.node[:]
    graph.node.extend(ordered)
    return loaded


def quantize_blocks(
    values: NDArray[np.float32], *, axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return levels from -7 to 7 in the shape of ``values``, and a scale for each block of them.

    Blocks are of BLOCK numbers along ``axis``, the last one of what is left.
    """
    count = -(-values.shape[axis] // BLOCK)
    wide = [(0, count * BLOCK - size if at == axis else 0) for at, size in enumerate(values.shape)]
    moved = np.moveaxis(np.pad(values, wide), axis, -1)
    blocks = moved.reshape(*moved.shape[:-1], count, BLOCK)
    scales = np.abs(blocks).max(axis=-1) / LEVELS
    # A block of nothing but zeros needs a scale all the same.
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    levels = np.round(blocks / scales[..., np.newaxis]).reshape(moved.shape)
    levels = np.moveaxis(levels, -1, axis).take(np.arange(values.shape[axis]), axis)
    return levels.astype(np.int8), np.moveaxis(scales, -1, axis)


def _block_axis(shape: tuple[int, ...]) -> int:
    """Return the longest axis: there, the last block is the fullest."""
    return int(np.argmax(shape))
