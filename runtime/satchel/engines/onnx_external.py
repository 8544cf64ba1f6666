"""Finds weights that an ONNX file keeps in other files, without the onnx package.

Such weights were never hashed, and their paths come from the file: a bundle must not have them. The
walk follows onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) through everything
that can hold a tensor, in the protobuf wire format
(https://protobuf.dev/programming-guides/encoding).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from satchel import limits
from satchel.errors import EngineError

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
"""Message to the fields that lead on, and to what"""


def has_external_data(model: bytes) -> bool:
    """Return whether any tensor of the ONNX file lies in another file.

    Raises EngineError for what is no protobuf message, or nests too deep.
    """
    try:
        return _any_external(memoryview(model), "model", limits.MAX_GRAPH_DEPTH)
    except (IndexError, ValueError) as error:
        raise EngineError(f"Expected an ONNX model, got a damaged file: {error}.") from error


def _any_external(message: memoryview, kind: str, depth: int) -> bool:
    if depth == 0:
        raise ValueError("graphs nest too deep")
    children = _CHILDREN[kind]
    for number, value in _fields(message):
        if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value)):
            return True
        nested = number in children and isinstance(value, memoryview)
        if nested and _any_external(value, children[number], depth - 1):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each field: a number, or the bytes of a message."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire == 2:
            length, position = _varint(message, position)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if position + length > len(message):
            raise ValueError("a field ends behind its message")
        yield number, message[position : position + length]
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number of more than ten bytes")
