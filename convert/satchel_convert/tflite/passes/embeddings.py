"""Stores the embeddings of a TFLite model in 4 or 8 bits.

Embeddings are most of a text model's size, and ai-edge-quantizer leaves them floats if Keras's
Embedding became a GATHER. A DEQUANTIZE of a constant runs once, when the model is first used.
"""

from typing import Any

import numpy as np

from satchel_convert.conversion.int4 import LEAST, pack_int4
from satchel_convert.tflite.flatbuffer import add_buffer, builtin_code


def quantize_embeddings(tree: Any, *, bits: int = 4) -> None:
    """Store the float32 embeddings of GATHER in int4 or int8, with a scale for each column."""
    from ai_edge_litert import schema_py_generated as schema

    code = _operator_code(tree, schema)
    replaced = set()
    for graph in tree.subgraphs:
        replaced |= _replace_tables(tree, graph, code, schema, bits)
    # Remove the data that nothing reads any more.
    read = {tensor.buffer for graph in tree.subgraphs for tensor in graph.tensors}
    for number in replaced - read:
        tree.buffers[number].data = None


def _replace_tables(tree: Any, graph: Any, code: int, schema: Any, bits: int) -> set[int]:
    """Let a DEQUANTIZE make the float embeddings of a graph; return the buffers they were in."""
    tables, replaced = {}, set()
    for operator in graph.operators:
        if builtin_code(tree, operator) != schema.BuiltinOperator.GATHER:
            continue
        at = int(operator.inputs[0])
        table = graph.tensors[at]
        held = tree.buffers[table.buffer].data
        if held is not None and _is_worth_it(table, schema):
            tables[at] = _store(tree, graph, table, held, schema, bits)
            replaced.add(table.buffer)
            table.buffer = 0
    for operator in graph.operators:
        # Redirect every operator that reads the embeddings: another GATHER, or a tied layer.
        inputs = [tables[at][1] if at in tables else at for at in operator.inputs]
        operator.inputs = np.array(inputs, np.int32)
    for stored, floats in tables.values():
        dequantize = schema.OperatorT()
        dequantize.opcodeIndex = code
        dequantize.inputs = np.array([stored], np.int32)
        dequantize.outputs = np.array([floats], np.int32)
        graph.operators.insert(0, dequantize)
    return replaced


def _is_worth_it(table: Any, schema: Any) -> bool:
    floats = table.type == schema.TensorType.FLOAT32
    return floats and len(table.shape) == 2 and np.prod(table.shape) >= LEAST


def _store(tree: Any, graph: Any, table: Any, held: Any, schema: Any, bits: int) -> tuple[int, int]:
    """Add rounded embeddings and the floats made from them; return the numbers of both tensors."""
    values = np.asarray(held, np.uint8).view(np.float32).reshape(table.shape)
    most = 2 ** (bits - 1) - 1
    scales = np.maximum(np.abs(values).max(axis=0), np.finfo(np.float32).tiny) / most
    levels = np.clip(np.round(values / scales), -most, most).astype(np.int8)
    stored = schema.TensorT()
    stored.name, stored.shape = table.name + f"/int{bits}".encode(), table.shape
    stored.type = {8: schema.TensorType.INT8, 4: schema.TensorType.INT4}[bits]
    packed = pack_int4(levels) if bits == 4 else levels.ravel().view(np.uint8)
    stored.buffer = add_buffer(tree, packed)
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
    """Return the index of DEQUANTIZE among the model's operator codes."""
    wanted = schema.BuiltinOperator.DEQUANTIZE
    for place, code in enumerate(tree.operatorCodes):
        if code.builtinCode == wanted and code.version >= 2:
            return place
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = wanted
    # Version 5 allows a scale for each channel.
    code.version = 5
    tree.operatorCodes.append(code)
    return len(tree.operatorCodes) - 1
