"""Gives all outputs of an operator one type, even those that nothing reads.

ai-edge-quantizer leaves an output that nothing reads a float, such as a gate in the first step of a
recurrent layer. XNNPACK refuses a SPLIT with outputs of different types.
"""

import copy
from typing import Any


def type_unread_outputs(tree: Any) -> None:
    """Give float outputs that nothing reads the integer type of the operator's other outputs."""
    from ai_edge_litert import schema_py_generated as schema

    integers = (schema.TensorType.INT8, schema.TensorType.INT16)
    for graph in tree.subgraphs:
        read = {at for each in graph.operators for at in each.inputs} | {*graph.outputs}
        for operator in graph.operators:
            outputs = [graph.tensors[at] for at in operator.outputs]
            like = next((each for each in outputs if each.type in integers), None)
            for at, tensor in zip(operator.outputs, outputs, strict=True):
                if like and at not in read and tensor.type == schema.TensorType.FLOAT32:
                    tensor.type = like.type
                    # A copy, because a later pass may change the scales of one of them.
                    tensor.quantization = copy.copy(like.quantization)
