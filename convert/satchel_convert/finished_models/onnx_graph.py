"""Reads a finished .onnx file: its input, its activation and how it stores numbers.

The models of a bundle read one image with its channels last, or int32 ids. So a file is changed
where it must: sides of any size get one, a Transpose brings channels to the front, and a Cast makes
float16, float64 or int64 of what the runtime feeds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from satchel.bundle import TensorSpec
from satchel.engines import engine_version, open_engine
from satchel.errors import EngineError
from satchel.model_checks import check_own_weights
from satchel_convert.conversion.needs import ONNX_NEEDS
from satchel_convert.finished_models import onnx_tensors
from satchel_convert.finished_models.finished_model import (
    FinishedModel,
    Pinned,
    Sides,
    channels_first,
    only_shape,
    pin,
    text_tensors,
)
from satchel_convert.finished_models.onnx_outputs import activation, keep_scores
from satchel_convert.onnx.graphs import fed_values
from satchel_convert.schemes import Scheme
from satchel_convert.text_rows import rows_of

_DYNAMIC = frozenset({"ConvInteger", "DynamicQuantizeLinear", "MatMulInteger"})
_STATIC = frozenset({"QLinearConv", "QLinearMatMul", "QuantizeLinear"})
_WEIGHT_NUMBERS = 256
"""The fewest numbers that are weights"""
_KNOWN_OPSET, _KNOWN_IR = 20, 9
"""The newest opset and IR version that the ONNX Runtime release in ``ONNX_NEEDS`` reads, see
https://onnxruntime.ai/docs/reference/compatibility.html"""
_IMAGES = "satchel_pictures"


def open_onnx(content: bytes, pinned: Pinned) -> FinishedModel:
    """Load an .onnx file and return the facts that it holds; this runs in a child process.

    ``pinned`` states sides that have any size in the file. Raises EngineError for a file that does
    not load, or names other files; ConversionError for one with several inputs or outputs, without
    a size, or whose scale is unknown.
    """
    model = _load(content)
    graph = model.graph
    inputs = fed_values(graph)
    names = [each.name for each in inputs]
    tensors = text_tensors(names, format_="an ONNX")
    stated = only_shape({each.name: _sides(each) for each in inputs})
    before = model.SerializeToString(deterministic=True)
    keep_scores(graph)
    _free_sides(graph)
    shape = pin(stated, pinned, format_="onnx")
    input_spec = _fix_inputs(graph, inputs)._replace(rows=rows_of(names, tensors))
    output_spec = onnx_tensors.fix_output(graph)
    shapes = [_fix_shape(graph, each, shape) for each in inputs]
    shape = shapes[0]
    after = model.SerializeToString(deterministic=True)
    if after != before:
        content = after
    # A changed model that does not load must fail here and not on a device.
    engine = open_engine("onnx", content, threads=1)
    return FinishedModel(
        content=content,
        format="onnx",
        scheme=scheme_of(graph),
        stated=stated,
        shape=shape,
        input=input_spec,
        # Taken from a run, because the shape in the file may be missing.
        outputs=engine.run(*[np.zeros(shape, input_spec.dtype)] * len(inputs)).shape,
        output=output_spec,
        activation=activation(graph, graph.output[0].name),
        needs=_needs(model),
        tensors=tensors,
    )


def _load(content: bytes) -> Any:
    import onnx

    check_own_weights(content)
    try:
        return onnx.load_from_string(content)
    except Exception as error:
        # Its class belongs to protobuf, which has no types and other roots in other releases.
        raise EngineError(f"Expected an ONNX model, got a damaged file: {error}.") from error


def _fix_inputs(graph: Any, inputs: Sequence[Any]) -> TensorSpec:
    """Return what the runtime feeds to each input, which are changed in place to that."""
    dtypes = {onnx_tensors.dtype_of(each) for each in inputs}
    if len(inputs) > 1 and dtypes == {"int64"}:
        # As Hugging Face exports them: such a file stays as it is.
        return TensorSpec("int64")
    if len(inputs) == 1:
        return onnx_tensors.fix_input(graph, inputs[0])
    for each in inputs:
        onnx_tensors.feed_int32(graph, each)
    return TensorSpec("int32")


def _free_sides(graph: Any) -> None:
    """Leave sides below 1 out of the graph's declarations: they stand for any size there."""
    for value in (*graph.input, *graph.output, *graph.value_info):
        for side in value.type.tensor_type.shape.dim:
            if side.HasField("dim_value") and side.dim_value < 1:
                side.Clear()


def _fix_shape(graph: Any, tensor: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give the input ``tensor`` that shape, and channels last, in place; return its shape."""
    import onnx

    if channels_first(shape[1:]):
        shape = (1, *shape[2:], shape[1])
        transpose = onnx.helper.make_node("Transpose", [_IMAGES], [tensor.name], perm=(0, 3, 1, 2))
        graph.node.insert(0, transpose)
        tensor.name = _IMAGES
    for dimension, side in zip(tensor.type.tensor_type.shape.dim, shape, strict=True):
        dimension.dim_value = side
    return shape


def _sides(value: Any) -> Sides:
    dimensions = value.type.tensor_type.shape.dim
    return tuple(
        each.dim_value if each.HasField("dim_value") else each.dim_param or None
        for each in dimensions
    )


def scheme_of(graph: Any) -> Scheme:
    """Return the scheme that is nearest to how the graph stores numbers."""
    import onnx

    operators = {node.op_type for node in graph.node}
    if operators & _STATIC:
        return "full_int8"
    if operators & _DYNAMIC:
        return "dynamic_int8"
    stored = {each.data_type for each in graph.initializer}
    types = onnx.TensorProto
    weights = {
        each.data_type for each in graph.initializer if np.prod(each.dims) >= _WEIGHT_NUMBERS
    }
    # Numbers of 4 bits may stand two in a byte, which a shift takes apart.
    if weights & {types.INT4, types.UINT4} or (types.UINT8 in weights and "BitShift" in operators):
        return "weight_int4"
    if weights & {types.INT8, types.UINT8}:
        return "weight_int8"
    return "float16" if types.FLOAT16 in stored else "float32"


def _needs(model: Any) -> Mapping[str, str]:
    opset = max(
        (each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=0
    )
    if opset <= _KNOWN_OPSET and model.ir_version <= _KNOWN_IR:
        return ONNX_NEEDS
    # The oldest release does not read this model, so require the release that has just run it.
    return {"onnx": engine_version("onnx")}
