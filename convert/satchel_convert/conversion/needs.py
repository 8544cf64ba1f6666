"""Which engines, from which version on, run a converted model."""

from collections.abc import Mapping
from typing import Any

from satchel.engines import release
from satchel.model_checks import misses_bias
from satchel_convert.schemes import Scheme
from satchel_convert.tflite.flatbuffer import builtin_code, read_tree

ONNX_NEEDS: Mapping[str, str] = {"onnx": "1.17"}
"""The oldest release that was tried"""
_ONNX_LATER: Mapping[Scheme, Mapping[str, str]] = {
    # Both in opset 21: tensors of 16 bits, and of 4 with a scale a block.
    "int16x8": {"onnx": "1.18"},
    "weight_int4": {"onnx": "1.20"},
}
"""The oldest release of those that were tried that runs a scheme"""

_LITERT = "1.4"
"""The oldest release that was tried with NumPy 2"""
_TFLITE_RUNTIME = "2.14"
"""Its last release"""
_LATER_INT8 = frozenset({"DIV"})
"""Operators whose int8 kernels came after 2.14 without a version number of their own"""


def onnx_needs(scheme: Scheme) -> Mapping[str, str]:
    """Return engine to lowest version for an ONNX model that was converted here."""
    return _ONNX_LATER.get(scheme, ONNX_NEEDS)


def tflite_needs(model: bytes) -> dict[str, str]:
    """Return engine to lowest version for a TFLite model.

    LiteRT runs all that the converter writes. tflite-runtime is named where the converter's own
    note of the lowest runtime, which it derives from the operators' versions, says so, and nothing
    is known that it fails on.
    """
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(model)
    needs = {"litert": _LITERT}
    later = _int8_operators(tree, schema) & _LATER_INT8 or _has_int4(tree, schema)
    fails = later or misses_bias(model)
    if release(_minimum_runtime(tree)) <= release(_TFLITE_RUNTIME) and not fails:
        needs["tflite_runtime"] = _TFLITE_RUNTIME
    return needs


def _minimum_runtime(tree: Any) -> str:
    for entry in tree.metadata or []:
        if entry.name == b"min_runtime_version":
            return bytes(tree.buffers[entry.buffer].data).rstrip(b"\0").decode()
    # A converter that leaves no note: count on nothing old.
    return "999"


def _has_int4(tree: Any, schema: Any) -> bool:
    """Return whether weights are of 4 bits, which the note on the float model knows nothing of."""
    int4 = schema.TensorType.INT4
    return any(tensor.type == int4 for graph in tree.subgraphs for tensor in graph.tensors)


def _int8_operators(tree: Any, schema: Any) -> set[str]:
    """Return the names of the operators that put out int8."""
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    found = set()
    for graph in tree.subgraphs:
        for operator in graph.operators:
            name = names[builtin_code(tree, operator)]
            if any(graph.tensors[at].type == schema.TensorType.INT8 for at in operator.outputs):
                found.add(name)
    return found
