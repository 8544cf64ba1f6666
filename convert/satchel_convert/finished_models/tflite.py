"""Reads a finished .tflite file: its input, its activation and how it stores numbers."""

from collections.abc import Collection
from typing import Any, get_args

import numpy as np

from satchel.bundle import Dtype
from satchel.engines import open_engine
from satchel.model_checks import check_tflite
from satchel_convert.conversion.needs import tflite_needs
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.finished_model import (
    FinishedModel,
    Pinned,
    only_shape,
    pin,
    text_tensors,
)
from satchel_convert.schemes import Scheme
from satchel_convert.text_rows import rows_of, tensors_named
from satchel_convert.tflite.converter import read_tensor_specs
from satchel_convert.tflite.flatbuffer import builtin_code, input_names, read_tree, write_tree
from satchel_convert.tflite.metadata_reading import TfliteMetadata, read_metadata

_ACTIVATIONS: dict[str, str] = {
    "SOFTMAX": "softmax",
    "LOGISTIC": "sigmoid",
    "LOG_SOFTMAX": "log_softmax",
}
_CHANGE_NOTHING = frozenset({"QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE", "CAST"})
"""The operators after an activation that do not change its meaning"""
_SUMS = frozenset({"ADD", "CONV_2D", "FULLY_CONNECTED"})
"""The operators whose numbers have no bounds, unless an activation is fused with them"""
_OUTPUTS = ("float32", "uint8", "int8")
_WEIGHT_BYTES = 32
"""The size of the smallest weight. A smaller constant is a shape or an axis."""


def open_tflite(content: bytes, pinned: Pinned) -> FinishedModel:
    """Load a .tflite file and return the facts that it holds; this runs in a child process.

    ``pinned`` states sides that have any size in the file. Raises EngineError for a file that does
    not load; ConversionError for one with several inputs or outputs, of texts, or without a size.
    """
    # Checked first, because the parsers below trust the offsets in a file.
    check_tflite(content)
    metadata = read_metadata(content)
    tree = read_tree(content)
    graph = tree.subgraphs[0]
    _check_tensors(graph, metadata)
    inputs = [graph.tensors[at] for at in graph.inputs]
    names = _names(tree, metadata)
    tensors = text_tensors(names, format_="a TFLite")
    stated = only_shape({name: _signature(each) for name, each in zip(names, inputs, strict=True)})
    shape = pin(stated, pinned, format_="tflite")
    if any(shape != tuple(int(side) for side in each.shape) for each in inputs):
        for each in inputs:
            each.shape, each.shapeSignature = np.array(shape, np.int32), None
        content = write_tree(tree)
    engine = open_engine("litert", content, threads=1)
    input_spec, output_spec = read_tensor_specs(content)
    input_spec = input_spec._replace(rows=rows_of(names, tensors))
    if input_spec.dtype not in get_args(Dtype) or output_spec.dtype not in _OUTPUTS:
        raise ConversionError(
            "Expected a .tflite with float32, uint8, int8 or ids in and float32, uint8 or int8"
            f" out, got {input_spec.dtype} and {output_spec.dtype}."
        )
    return FinishedModel(
        content=content,
        format="tflite",
        scheme=scheme_of(tree),
        stated=stated,
        shape=shape,
        input=input_spec,
        # Taken from a run, because the shape in the file may be missing.
        outputs=engine.run(*[np.zeros(shape, input_spec.dtype)] * len(inputs)).shape,
        output=output_spec,
        activation=activation_of(tree),
        needs=tflite_needs(content),
        metadata=metadata,
        tensors=tensors,
    )


def _check_tensors(graph: Any, metadata: TfliteMetadata) -> None:
    """Raise ConversionError unless the model has inputs and one output, all of numbers."""
    from ai_edge_litert.schema_py_generated import TensorType

    if metadata.tokenizer is not None:
        raise ConversionError(
            "Expected a model of images, or of texts with a regex or BERT tokenizer in its"
            f" metadata, got one with {metadata.tokenizer}."
        )
    taken = [graph.tensors[at] for at in graph.inputs]
    made = [graph.tensors[at] for at in graph.outputs]
    if any(each.type == TensorType.STRING for each in (*taken, *made)):
        raise ConversionError(
            "Expected a model of numbers, got one that reads or writes strings: convert the model"
            " behind its tokenizer, whose input are the ids of tokens."
        )
    if len(made) != 1:
        names = ", ".join(each.name.decode(errors="replace") for each in (*taken, *made))
        raise ConversionError(
            "Expected a TFLite model with one output, and one input or those of a text,"
            f" got {len(taken)} and {len(made)}: {names}."
        )


def _names(tree: Any, metadata: TfliteMetadata) -> list[str]:
    """Return the names of the inputs: those in the metadata, if they say what the inputs hold."""
    names = input_names(tree)
    if len(metadata.names) == len(names) and tensors_named(metadata.names):
        return list(metadata.names)
    return names


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
        if name in _SUMS and not getattr(operator.builtinOptions, "fusedActivationFunction", 0):
            return "linear"
        if name not in _CHANGE_NOTHING:
            return _ACTIVATIONS.get(name)
        at = operator.inputs[0]
    return None


def _name(tree: Any, operator: Any) -> str:
    from ai_edge_litert import schema_py_generated as schema

    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    return str(names.get(builtin_code(tree, operator)))


def _made_floats(tree: Any, integers: Collection[int]) -> bool:
    """Return whether a DEQUANTIZE reads all weights of integers: the model computes in floats."""
    graph = tree.subgraphs[0]
    weights = {
        at
        for at, each in enumerate(graph.tensors)
        if each.type in integers and _size(tree, each) >= _WEIGHT_BYTES
    }
    return all(
        _name(tree, each) == "DEQUANTIZE"
        for each in graph.operators
        if not weights.isdisjoint(each.inputs)
    )


def scheme_of(tree: Any) -> Scheme:
    """Return the scheme that is nearest to how the file stores numbers."""
    from ai_edge_litert.schema_py_generated import TensorType

    integers = {TensorType.INT8, TensorType.UINT8, TensorType.INT16}
    graph = tree.subgraphs[0]
    computed = {graph.tensors[at].type for each in graph.operators for at in each.outputs}
    if computed & integers:
        return "full_int8"
    stored = {each.type for each in graph.tensors if _size(tree, each) >= _WEIGHT_BYTES}
    if TensorType.INT4 in stored:
        return "weight_int4"
    if stored & integers:
        return "weight_int8" if _made_floats(tree, integers) else "dynamic_int8"
    return "float16" if TensorType.FLOAT16 in stored else "float32"


def _size(tree: Any, tensor: Any) -> int:
    data = tree.buffers[tensor.buffer].data
    return 0 if data is None else len(data)
