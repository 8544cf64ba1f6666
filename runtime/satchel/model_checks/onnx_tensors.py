"""Checks what an ONNX file declares about its tensors, before an engine sees the file.

Many files declare no shapes between their inputs and outputs. Shapes that appear only while a
session is built or runs are not in the file: there the memory limit of ``satchel selftest
--isolated`` helps.

Source: onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto)
"""

from collections.abc import Iterator
from math import prod
from typing import Any

from satchel.model_checks.protobuf import read_fields
from satchel.model_checks.tensor_memory import (
    BrokenRuleError,
    check_tensor_bytes,
    peak_bytes,
    refused,
)

_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE = 1, 5, 11, 12, 13
_NODE_INPUT, _NODE_OUTPUT = 1, 2
_TENSOR_NAME = 8
_SESSION_CONFIGURATION = b"ort_config"
"""The metadata from which ONNX Runtime reads options, if its environment allows that."""
_MAX_RANK = 32
"""The largest rank. Kernels support 8, and the product of a million sides would take minutes."""
_BITS = {1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64,
         14: 64, 15: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4}  # fmt: skip
"""The bits of an element by its TensorProto.DataType. The other types have no fixed size."""


def check_tensors(model: bytes) -> None:
    """Raise EngineError for an ONNX file whose tensors need too much memory, or that sets options.

    The errors are: more than MAX_TENSOR_BYTES at once, as far as the file declares shapes; a
    negative side; options of a session in the metadata.
    """
    try:
        needed = _model_bytes(memoryview(model))
    except (IndexError, ValueError) as error:
        raise refused("an ONNX model", error) from error
    check_tensor_bytes(needed)


def _model_bytes(model: memoryview) -> int:
    needed = 0
    for number, value in _messages(model):
        if number == _MODEL_METADATA and _text(value, 1) == _SESSION_CONFIGURATION:
            raise BrokenRuleError("it sets options of its session")
        if number == _MODEL_GRAPH:
            needed += _graph_bytes(value)
    return needed


def _graph_bytes(graph: memoryview) -> int:
    sizes: dict[bytes, int] = {}
    inputs, outputs, constants = [], [], []
    steps: list[tuple[list[bytes], list[bytes]]] = []
    for number, value in _messages(graph):
        if number == _GRAPH_NODE:
            named = [(at, bytes(name)) for at, name in _messages(value)]
            steps.append(
                (
                    [name for at, name in named if at == _NODE_INPUT],
                    [name for at, name in named if at == _NODE_OUTPUT],
                )
            )
        elif number == _GRAPH_INITIALIZER:
            constants.append(_text(value, _TENSOR_NAME))
        elif number in (_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE):
            name = _text(value, 1)
            sizes[name] = max(sizes.get(name, 0), _value_bytes(value))
            if number == _GRAPH_INPUT:
                inputs.append(name)
            elif number == _GRAPH_OUTPUT:
                outputs.append(name)
    for name in constants:
        # Constants are in the file already. Older files list them among the inputs too.
        sizes.pop(name, None)
    return peak_bytes(sizes, steps, first=inputs, last=outputs)


def _value_bytes(value: memoryview) -> int:
    """Return the bytes of a declared tensor (ValueInfoProto). An open side counts as 1."""
    needed = 0
    for kind in _inner(value, 2):
        for tensor in _inner(kind, 1):
            fields = list(read_fields(tensor))
            bits = max((_BITS.get(found, 0) for number, found in fields if number == 1), default=0)
            shapes = [found for number, found in fields if number == 2]
            needed += sum(_elements(shape) for shape in shapes) * bits // 8
    return needed


def _elements(shape: memoryview) -> int:
    sides = [
        next((side for number, side in read_fields(dimension) if number == 1), 1)
        for dimension in _inner(shape, 1)
    ]
    if len(sides) > _MAX_RANK:
        raise BrokenRuleError(f"a tensor has {len(sides):,} sides, more than {_MAX_RANK}")
    # Protobuf writes a negative number as its two's complement of 64 bits.
    if any(side >= 1 << 63 for side in sides):
        raise BrokenRuleError("a tensor has a negative side")
    return prod(sides)


def _text(message: memoryview, field: int) -> bytes:
    return b"".join(bytes(value) for value in _inner(message, field))


def _inner(message: memoryview, field: int) -> Iterator[memoryview]:
    return (value for number, value in _messages(message) if number == field)


def _messages(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields that hold bytes: messages and texts."""
    fields: Iterator[tuple[int, Any]] = read_fields(message)
    return ((number, value) for number, value in fields if isinstance(value, memoryview))
