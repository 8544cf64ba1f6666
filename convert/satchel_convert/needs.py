"""Which engines, from which version on, run a converted model."""

from collections.abc import Mapping
from typing import Any

from satchel.engines import release
from satchel_convert.tflite_file import read_tree

ONNX_NEEDS: Mapping[str, str] = {"onnx": "1.17"}
"""The oldest release that was tried"""

_LITERT = "1.4"
"""The oldest release that was tried with NumPy 2"""
_TFLITE_RUNTIME = "2.14"
"""Its last release"""
_LATER_INT8 = frozenset({"DIV"})
"""Operators whose int8 kernels came after 2.14 without a version number of their own"""


def tflite_needs(model: bytes) -> dict[str, str]:
    """Return engine to lowest version for a TFLite model.

    LiteRT runs all that the converter writes. tflite-runtime is named where the converter's own
    note of the lowest runtime, which it derives from the operators' versions, says so.
    """
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(model)
    needs = {"litert": _LITERT}
    if release(_minimum_runtime(tree)) <= release(_TFLITE_RUNTIME) and not (
        _int8_operators(tree, schema) & _LATER_INT8
    ):
        needs["tflite_runtime"] = _TFLITE_RUNTIME
    return needs


def _minimum_runtime(tree: Any) -> str:
    for entry in tree.metadata or []:
        if entry.name == b"min_runtime_version":
            return bytes(tree.buffers[entry.buffer].data).rstrip(b"\0").decode()
    # A converter that leaves no note: count on nothing old.
    return "999"


def _int8_operators(tree: Any, schema: Any) -> set[str]:
    """Return the names of the operators that put out int8."""
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    found = set()
    for graph in tree.subgraphs:
        for operator in graph.operators:
            code = tree.operatorCodes[operator.opcodeIndex]
            # Codes above 127 stand in the newer field alone.
            name = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
            if any(graph.tensors[at].type == schema.TensorType.INT8 for at in operator.outputs):
                found.add(name)
    return found
