"""Makes the input and the output of an .onnx graph ones that the runtime feeds and reads.

Levels of 8 bits get the scale that the graph states for them. Other real numbers become float32,
and other integers int32, by a Cast.
"""

from typing import Any

import numpy as np

from satchel.bundle import TensorSpec
from satchel_convert.errors import ConversionError

_FED = "satchel_input"
_READ = "satchel_output"
_REAL = frozenset({"float16", "float64"})
_MOVE = frozenset({"Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})
"""The operators that keep levels and their scale"""
_READS = {"DequantizeLinear": 1, "QLinearConv": 1, "QLinearMatMul": 1, "QGemm": 1}
"""The place of the scale of the first input among an operator's inputs; its zero point follows"""
_WRITES = {
    "QuantizeLinear": 1,
    "QLinearConv": 6,
    "QLinearMatMul": 6,
    "QGemm": 7,
    "QLinearSoftmax": 3,
    "QLinearSigmoid": 3,
}
"""The place of the scale of the output among an operator's inputs; its zero point follows"""


def fix_input(graph: Any, tensor: Any) -> TensorSpec:
    """Return what the runtime feeds to the input ``tensor``, which is changed in place to that.

    Raises ConversionError for numbers that no bundle has, or whose scale the graph does not state.
    """
    dtype = dtype_of(tensor)
    if dtype in ("float32", "int32"):
        return TensorSpec("float32" if dtype == "float32" else "int32")
    if dtype in ("uint8", "int8"):
        found = _scale_of_input(graph, tensor.name)
        if found is not None:
            return TensorSpec("uint8" if dtype == "uint8" else "int8", *found)
        if dtype == "uint8":
            # The graph itself makes real numbers of the bytes of an image.
            return TensorSpec("uint8")
    if dtype in _REAL:
        _cast_input(graph, tensor, "float32")
        return TensorSpec("float32")
    if dtype == "int64":
        _cast_input(graph, tensor, "int32")
        return TensorSpec("int32")
    raise ConversionError(
        f"Expected an .onnx with an input of real numbers, 8-bit levels or ids, got {dtype},"
        " whose scale the file does not hold."
    )


def feed_int32(graph: Any, tensor: Any) -> None:
    """Make an input of a text one of int32, in place, whatever numbers the graph reads.

    Raises ConversionError for an input that is no number.
    """
    dtype = dtype_of(tensor)
    if dtype == "strings":
        raise ConversionError(f"Expected numbers as {tensor.name!r} of the .onnx, got {dtype}.")
    if dtype != "int32":
        _cast_input(graph, tensor, "int32", fed=f"{_FED}_{tensor.name}")


def fix_output(graph: Any) -> TensorSpec:
    """Return what the runtime reads from the one output, which is changed in place to that.

    Raises ConversionError for numbers that are no scores.
    """
    tensor = graph.output[0]
    dtype = dtype_of(tensor)
    if dtype == "float32":
        return TensorSpec("float32")
    if dtype in _REAL:
        _cast_output(graph, tensor)
        return TensorSpec("float32")
    if dtype in ("uint8", "int8"):
        found = _scale_of_output(graph, tensor.name)
        if found is not None:
            return TensorSpec("uint8" if dtype == "uint8" else "int8", *found)
    raise ConversionError(
        f"Expected an .onnx with scores as output, got {dtype} from {tensor.name!r}, whose scale"
        " the file does not hold: if it is the number of a label, export the scores before it."
    )


def dtype_of(value: Any) -> str:
    """Return NumPy's name of the dtype of an input or output; raises ConversionError for none."""
    import onnx

    kind = value.type.tensor_type.elem_type
    if kind == onnx.TensorProto.UNDEFINED:
        raise ConversionError(
            f"Expected a tensor as {value.name!r} of the .onnx, got"
            f" {value.type.WhichOneof('value') or 'nothing'}: export it with plain tensors, such as"
            " zipmap=False of skl2onnx."
        )
    if kind == onnx.TensorProto.STRING:
        return "strings"
    return str(onnx.helper.tensor_dtype_to_np_dtype(kind))


def _scale_of_input(graph: Any, name: str) -> tuple[float, int] | None:
    """Return scale and zero point of the levels called ``name``, as what reads them states them."""
    found = set()
    for node in graph.node:
        if name not in node.input:
            continue
        if node.op_type in _MOVE:
            found.add(_scale_of_input(graph, node.output[0]))
        elif node.op_type in _READS and node.input[0] == name:
            found.add(_scale(graph, node, _READS[node.op_type]))
        else:
            found.add(None)
    return found.pop() if len(found) == 1 else None


def _scale_of_output(graph: Any, name: str) -> tuple[float, int] | None:
    makers = {each: node for node in graph.node for each in node.output}
    node = makers.get(name)
    while node is not None and node.op_type in _MOVE:
        node = makers.get(node.input[0])
    if node is None or node.op_type not in _WRITES:
        return None
    return _scale(graph, node, _WRITES[node.op_type])


def _scale(graph: Any, node: Any, place: int) -> tuple[float, int] | None:
    """Return the scale and zero point at a place among a node's inputs, None unless constants."""
    scale = _constant(graph, node, place)
    zero_point = _constant(graph, node, place + 1)
    if scale is None:
        return None
    if zero_point is None:
        named = len(node.input) > place + 1 and node.input[place + 1]
        return None if named else (scale, 0)
    return scale, int(zero_point)


def _constant(graph: Any, node: Any, place: int) -> float | None:
    from onnx import numpy_helper

    if place >= len(node.input):
        return None
    name = node.input[place]
    held = [each for each in graph.initializer if each.name == name]
    held += [
        attribute.t
        for each in graph.node
        if each.op_type == "Constant" and name in each.output
        for attribute in each.attribute
        if attribute.name == "value"
    ]
    if not held:
        return None
    values = np.asarray(numpy_helper.to_array(held[0])).ravel()
    return float(values[0]) if values.size == 1 else None


def _cast_input(graph: Any, tensor: Any, dtype: str, *, fed: str = _FED) -> None:
    import onnx

    before = tensor.type.tensor_type.elem_type
    tensor.type.tensor_type.elem_type = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph.node.insert(0, onnx.helper.make_node("Cast", [fed], [tensor.name], to=before))
    tensor.name = fed


def _cast_output(graph: Any, tensor: Any) -> None:
    import onnx

    real = onnx.TensorProto.FLOAT
    graph.node.append(onnx.helper.make_node("Cast", [tensor.name], [_READ], to=real))
    tensor.type.tensor_type.elem_type = real
    tensor.name = _READ
