"""Reads a finished .tflite file: its input, its activation and how it stores numbers."""

from typing import Any

import numpy as np

from satchel.engines import open_engine
from satchel_convert.conversion.needs import tflite_needs
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.finished_model import FinishedModel
from satchel_convert.schemes import Scheme
from satchel_convert.tflite.converter import read_tensor_specs
from satchel_convert.tflite.flatbuffer import builtin_code, read_tree

_ACTIVATIONS: dict[str, str] = {
    "SOFTMAX": "softmax",
    "LOGISTIC": "sigmoid",
    "LOG_SOFTMAX": "log_softmax",
}
_CHANGE_NOTHING = frozenset({"QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE", "CAST"})
"""The operators after an activation that do not change its meaning"""
_WEIGHT_BYTES = 32
"""The size of the smallest weight. A smaller constant is a shape or an axis."""


def open_tflite(content: bytes) -> FinishedModel:
    """Load a .tflite file and return the facts that it holds; this runs in a child process.

    Raises EngineError for a file that does not load or has several inputs or outputs,
    ConversionError for a model whose shape is not fixed.
    """
    engine = open_engine("litert", content, threads=1)
    tree = read_tree(content)
    graph = tree.subgraphs[0]
    tensor = graph.tensors[graph.inputs[0]]
    stated = _signature(tensor)
    shape = tuple(int(side) for side in tensor.shape)
    # A free side has the size 1 here: right for a batch, but an image would have one pixel.
    if None in stated[1:] or shape[:1] != (1,):
        raise ConversionError(
            f"Expected a .tflite with a fixed size and a batch of 1, got {stated}: convert it that"
            " way."
        )
    input_spec, output_spec = read_tensor_specs(content)
    return FinishedModel(
        content=content,
        format="tflite",
        scheme=scheme_of(tree),
        stated=stated,
        shape=shape,
        input=input_spec,
        # Taken from a run, because the shape in the file may be missing.
        outputs=engine.run(np.zeros(shape, input_spec.dtype)).shape,
        output=output_spec,
        activation=activation_of(tree),
        needs=tflite_needs(content),
    )


def _signature(tensor: Any) -> tuple[int | None, ...]:
    sides = tensor.shape if tensor.shapeSignature is None else tensor.shapeSignature
    return tuple(None if side < 0 else int(side) for side in sides)


def activation_of(tree: Any) -> str | None:
    """Return the activation of the output; None if the last operators do not show it."""
    graph = tree.subgraphs[0]
    makers = {at: operator for operator in graph.operators for at in operator.outputs}
    at = graph.outputs[0]
    while (operator := makers.get(at)) is not None:
        name = _name(tree, operator)
        if name not in _CHANGE_NOTHING:
            return _ACTIVATIONS.get(name)
        at = operator.inputs[0]
    return None


def _name(tree: Any, operator: Any) -> str:
    from ai_edge_litert import schema_py_generated as schema

    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    return str(names.get(builtin_code(tree, operator)))


def scheme_of(tree: Any) -> Scheme:
    """Return the scheme that is nearest to how the file stores numbers."""
    from ai_edge_litert.schema_py_generated import TensorType

    integers = {TensorType.INT8, TensorType.UINT8, TensorType.INT16}
    graph = tree.subgraphs[0]
    computed = {graph.tensors[at].type for each in graph.operators for at in each.outputs}
    if computed & integers:
        return "full_int8"
    stored = {each.type for each in graph.tensors if _size(tree, each) >= _WEIGHT_BYTES}
    if stored & integers:
        return "dynamic_int8"
    return "float16" if TensorType.FLOAT16 in stored else "float32"


def _size(tree: Any, tensor: Any) -> int:
    data = tree.buffers[tensor.buffer].data
    return 0 if data is None else len(data)
