"""The tables of vectors that a TFLite model looks up, stored in 4 bits.

ai-edge-quantizer leaves them as they are where Keras's Embedding became a GATHER, and they are most
of a text model's size. A DEQUANTIZE of a constant runs once, when the model is first used.
"""

from typing import Any

import numpy as np

from satchel_convert.conversion.int4 import LEAST, LEVELS, pack_int4
from satchel_convert.tflite.flatbuffer import read_tree, write_tree


def quantize_tables(model: bytes) -> bytes:
    """Return ``model`` whose float32 tables of GATHER are int4, a scale a column of the vectors."""
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(model)
    code = _operator_code(tree, schema)
    replaced = set()
    for graph in tree.subgraphs:
        tables = {}
        for operator in graph.operators:
            builtin = tree.operatorCodes[operator.opcodeIndex].builtinCode
            if builtin != schema.BuiltinOperator.GATHER:
                continue
            table = graph.tensors[operator.inputs[0]]
            held = tree.buffers[table.buffer].data
            floats = table.type == schema.TensorType.FLOAT32 and held is not None
            if not floats or np.prod(table.shape) < LEAST or len(table.shape) != 2:
                continue
            at = int(operator.inputs[0])
            tables[at] = _store(tree, graph, table, held, schema)
            replaced.add(table.buffer)
            table.buffer = 0
        for operator in graph.operators:
            # All that read a table, which is no longer there: another GATHER, or a tied layer.
            operator.inputs = [tables[at][1] if at in tables else at for at in operator.inputs]
        for stored, floats in tables.values():
            dequantize = schema.OperatorT()
            dequantize.opcodeIndex = code
            dequantize.inputs, dequantize.outputs = [stored], [floats]
            graph.operators.insert(0, dequantize)
    # What nothing reads any more is not to stay in the file.
    read = {tensor.buffer for graph in tree.subgraphs for tensor in graph.tensors}
    for number in replaced - read:
        tree.buffers[number].data = None
    return write_tree(tree)


def _store(tree: Any, graph: Any, table: Any, held: Any, schema: Any) -> tuple[int, int]:
    """Add the int4 table and the float one that is made of it; return where they are."""
    values = np.asarray(held, np.uint8).view(np.float32).reshape(table.shape)
    scales = np.maximum(np.abs(values).max(axis=0), np.finfo(np.float32).tiny) / LEVELS
    levels = np.clip(np.round(values / scales), -LEVELS, LEVELS).astype(np.int8)
    buffer = schema.BufferT()
    buffer.data, buffer.offset, buffer.size = pack_int4(levels), 0, 0
    tree.buffers.append(buffer)
    stored = schema.TensorT()
    stored.name, stored.shape = table.name + b"/int4", table.shape
    stored.type, stored.buffer = schema.TensorType.INT4, len(tree.buffers) - 1
    stored.quantization = schema.QuantizationParametersT()
    stored.quantization.scale = scales.astype(np.float32)
    stored.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    stored.quantization.quantizedDimension = 1
    floats = schema.TensorT()
    floats.name, floats.shape = table.name + b"/floats", table.shape
    floats.type, floats.buffer = schema.TensorType.FLOAT32, 0
    graph.tensors += [stored, floats]
    return len(graph.tensors) - 2, len(graph.tensors) - 1


def _operator_code(tree: Any, schema: Any) -> int:
    """Return the place of DEQUANTIZE among the model's operator codes."""
    wanted = schema.BuiltinOperator.DEQUANTIZE
    for place, code in enumerate(tree.operatorCodes):
        if code.builtinCode == wanted and code.version >= 2:
            return place
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = wanted
    # 5: for tensors with a scale a channel.
    code.version = 5
    tree.operatorCodes.append(code)
    return len(tree.operatorCodes) - 1
