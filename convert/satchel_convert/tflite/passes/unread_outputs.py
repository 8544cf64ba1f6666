"""One type for all outputs of an operator, whether or not each is read.

ai-edge-quantizer leaves what nothing reads a float, such as a gate of a recurrent layer's first
step, and XNNPACK refuses a SPLIT of both.
"""

import copy
from typing import Any


def type_unread_outputs(tree: Any) -> None:
    """Give float outputs that nothing reads the integer type of those beside them."""
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
                    # A copy: a later pass may give one of them other scales.
                    tensor.quantization = copy.copy(like.quantization)
