"""Stores the embeddings of a TFLite model in 4 or 8 bits.

Embeddings are most of a text model's size, and ai-edge-quantizer leaves them floats if Keras's
Embedding became a GATHER.
"""

from typing import Any

import numpy as np

from satchel_convert.conversion.int4 import LEAST
from satchel_convert.rounding.rounding import round_to_nearest
from satchel_convert.tflite.flatbuffer import builtin_code
from satchel_convert.tflite.stored_weights import add_integers, dequantize_constants


def quantize_embeddings(tree: Any, *, bits: int = 4) -> None:
    """Store the float32 embeddings of GATHER in int4 or int8, with a scale for each column."""
    from ai_edge_litert import schema_py_generated as schema

    for graph in tree.subgraphs:
        stored = {}
        for operator in graph.operators:
            if builtin_code(tree, operator) != schema.BuiltinOperator.GATHER:
                continue
            at = int(operator.inputs[0])
            table = graph.tensors[at]
            held = tree.buffers[table.buffer].data
            if at not in stored and held is not None and _is_worth_it(table, schema):
                stored[at] = _store(tree, graph, table, held, bits)
        if stored:
            dequantize_constants(tree, graph, stored)


def _is_worth_it(table: Any, schema: Any) -> bool:
    floats = table.type == schema.TensorType.FLOAT32
    return floats and len(table.shape) == 2 and np.prod(table.shape) >= LEAST


def _store(tree: Any, graph: Any, table: Any, held: Any, bits: int) -> int:
    """Add the rounded embeddings; return the number of their tensor."""
    values = np.asarray(held, np.uint8).view(np.float32).reshape(table.shape)
    columns = round_to_nearest(values.T, bits=bits)
    name, scales = table.name + b"/int%d" % bits, columns.scales[:, 0]
    return add_integers(tree, graph, name, columns.levels.T, scales, axis=1, bits=bits)
