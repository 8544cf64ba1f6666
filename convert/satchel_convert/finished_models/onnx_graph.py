"""Reads a finished .onnx file: its input, its activation and how it stores numbers.

The models of a bundle read one image with its channels last, so two things are changed in the
file. A batch of any size becomes 1, and if channels come first, a Transpose brings them there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from satchel.bundle import TensorSpec
from satchel.engines import engine_version, open_engine
from satchel_convert.conversion.needs import ONNX_NEEDS
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.finished_model import FinishedModel
from satchel_convert.schemes import Scheme

_ACTIVATIONS: dict[str, str] = {
    "Softmax": "softmax",
    "Sigmoid": "sigmoid",
    "LogSoftmax": "log_softmax",
}
_CHANGE_NOTHING = frozenset(
    {"Cast", "DequantizeLinear", "Flatten", "Identity", "QuantizeLinear", "Reshape", "Squeeze"}
)
"""The operators after an activation that do not change its meaning"""
_DYNAMIC = frozenset({"ConvInteger", "DynamicQuantizeLinear", "MatMulInteger"})
_STATIC = frozenset({"QLinearConv", "QLinearMatMul", "QuantizeLinear"})
_KNOWN_OPSET, _KNOWN_IR = 20, 9
"""The newest opset and IR version that the ONNX Runtime release in ``ONNX_NEEDS`` reads, see
https://onnxruntime.ai/docs/reference/compatibility.html"""
_IMAGES = "satchel_pictures"


def open_onnx(content: bytes) -> FinishedModel:
    """Load an .onnx file and return the facts that it holds; this runs in a child process.

    Raises EngineError for a file that does not load, names other files, or has several inputs or
    outputs; ConversionError for a model whose size is not fixed or whose scale is unknown.
    """
    import onnx

    # Opened first, because the engine refuses damaged models and weights in other files.
    engine = open_engine("onnx", content, threads=1)
    model = onnx.load_from_string(content)
    graph = model.graph
    weights = {each.name for each in graph.initializer}
    (tensor,) = (each for each in graph.input if each.name not in weights)
    stated = _sides(tensor)
    shape = _fix_input(graph, tensor)
    if shape != stated:
        content = model.SerializeToString(deterministic=True)
        # If the changed model does not load, it must fail here and not on a device.
        engine = open_engine("onnx", content, threads=1)
    dtypes = _dtype(tensor), _dtype(graph.output[0])
    if dtypes not in (("float32", "float32"), ("uint8", "float32")):
        raise ConversionError(
            "Expected an .onnx with float32 or uint8 in and float32 out,"
            f" got {dtypes[0]} and {dtypes[1]}, whose scale the file does not hold."
        )
    return FinishedModel(
        content=content,
        format="onnx",
        scheme=scheme_of(graph),
        stated=stated,
        shape=shape,
        input=TensorSpec("float32" if dtypes[0] == "float32" else "uint8"),
        # Taken from a run, because the shape in the file may be missing.
        outputs=engine.run(np.zeros(shape, dtypes[0])).shape,
        output=TensorSpec("float32"),
        activation=activation_of(graph),
        needs=_needs(model),
    )


def _fix_input(graph: Any, tensor: Any) -> tuple[int, ...]:
    """Give the input ``tensor`` a batch of 1 and channels last, in place; return its shape."""
    import onnx

    sides = _sides(tensor)
    rest = tuple(side for side in sides[1:] if isinstance(side, int))
    batch = sides[0] if sides else 0
    if len(rest) + 1 != len(sides) or (isinstance(batch, int) and batch != 1):
        raise ConversionError(
            f"Expected an .onnx with a fixed size and a batch of 1, got {sides}: export it so."
        )
    if len(rest) == 3 and rest[0] in (1, 3) and rest[2] not in (1, 3):
        rest = (*rest[1:], rest[0])
        transpose = onnx.helper.make_node("Transpose", [_IMAGES], [tensor.name], perm=(0, 3, 1, 2))
        graph.node.insert(0, transpose)
        tensor.name = _IMAGES
    shape = (1, *rest)
    for dimension, side in zip(tensor.type.tensor_type.shape.dim, shape, strict=True):
        dimension.dim_value = side
    return shape


def _sides(value: Any) -> tuple[int | str | None, ...]:
    dimensions = value.type.tensor_type.shape.dim
    return tuple(
        each.dim_value if each.HasField("dim_value") else each.dim_param or None
        for each in dimensions
    )


def _dtype(value: Any) -> str:
    import onnx

    return str(onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))


def activation_of(graph: Any) -> str | None:
    """Return the activation of the output; None if the last operators do not show it."""
    makers = {name: node for node in graph.node for name in node.output}
    name = graph.output[0].name
    while (node := makers.get(name)) is not None:
        if node.op_type not in _CHANGE_NOTHING:
            return _ACTIVATIONS.get(node.op_type)
        name = node.input[0]
    return None


def scheme_of(graph: Any) -> Scheme:
    """Return the scheme that is nearest to how the graph stores numbers."""
    import onnx

    operators = {node.op_type for node in graph.node}
    if operators & _STATIC:
        return "full_int8"
    if operators & _DYNAMIC:
        return "dynamic_int8"
    stored = {each.data_type for each in graph.initializer}
    return "float16" if onnx.TensorProto.FLOAT16 in stored else "float32"


def _needs(model: Any) -> Mapping[str, str]:
    opset = max(each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))
    if opset <= _KNOWN_OPSET and model.ir_version <= _KNOWN_IR:
        return ONNX_NEEDS
    # The oldest release does not read this model, so require the release that has just run it.
    return {"onnx": engine_version("onnx")}
