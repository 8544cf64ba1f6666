"""Finds weights that an ONNX file keeps in other files, without the onnx package.

A bundle must not have such weights: they were never hashed, and their paths come from the untrusted
file. The walk follows onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) through
everything that can hold a tensor.
"""

from collections.abc import Mapping

from satchel import limits
from satchel.model_checks.protobuf import read_fields
from satchel.model_checks.tensor_memory import BrokenRuleError, refused

_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_CHILDREN: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "function": {7: "node", 11: "attribute"},
    "tensor": {},
}
"""The fields of each kind of message that lead on to a tensor, and the kind of message in each."""


def has_external_data(model: bytes) -> bool:
    """Return whether any tensor of the ONNX file lies in another file.

    Raises EngineError if ``model`` is not a protobuf message, or nests too deep.
    """
    try:
        return _any_external(memoryview(model), "model", limits.MAX_GRAPH_DEPTH)
    except (IndexError, ValueError) as error:
        raise refused("an ONNX model", error) from error


def _any_external(message: memoryview, kind: str, depth: int) -> bool:
    if depth == 0:
        raise BrokenRuleError(f"graphs nest too deep, deeper than {limits.MAX_GRAPH_DEPTH}")
    children = _CHILDREN[kind]
    for number, value in read_fields(message):
        if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value)):
            return True
        nested = number in children and isinstance(value, memoryview)
        if nested and _any_external(value, children[number], depth - 1):
            return True
    return False
