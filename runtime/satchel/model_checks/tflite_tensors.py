"""Checks what a TFLite file says of its tensors, before an engine sees it.

An interpreter allocates what a file asks for, and follows its offsets. This walk reads the few
fields that tell how much and where, each within bounds, and nothing else: that a model is right is
the engine's to find. Shapes that only come out while it runs are not in the file; the memory limit
of ``satchel selftest --isolated`` holds those.
"""

from math import prod

from satchel.errors import EngineError
from satchel.model_checks import tflite_schema as schema
from satchel.model_checks.flatbuffer import UINT8, UINT32, UINT64, Flatbuffer
from satchel.model_checks.tensor_memory import check_tensor_bytes, peak_bytes

_MAX_RANK = 32
"""Kernels stop at 8; the product of a million sides would take minutes"""
_BITS = {0: 32, 1: 16, 2: 32, 3: 8, 4: 64, 6: 8, 7: 16, 8: 64, 9: 8, 10: 64, 11: 128, 12: 64,
         15: 32, 16: 16, 17: 4, 18: 16}  # fmt: skip
"""Of an element, by TensorType; the others have no size of their own"""


def check_tensors(model: bytes) -> None:
    """Raise EngineError for a TFLite file whose tensors cannot be, or need too much memory.

    Offsets beyond the file, indices of tensors and buffers that are not there, negative sides, and
    tensors of more than MAX_TENSOR_BYTES at once.
    """
    try:
        needed = _tensor_bytes(Flatbuffer(model))
    except ValueError as error:
        raise EngineError(f"Expected a TFLite model, got a damaged file: {error}.") from error
    check_tensor_bytes(needed)


def _tensor_bytes(file: Flatbuffer) -> int:
    """Return how much the tensors of all subgraphs need at once, without constants."""
    model = file.root(schema.IDENTIFIER)
    filled = [_is_filled(file, buffer) for buffer in file.tables(model, schema.MODEL_BUFFERS)]
    return sum(_peak(file, graph, filled) for graph in file.tables(model, schema.MODEL_SUBGRAPHS))


def _peak(file: Flatbuffer, graph: int, filled: list[bool]) -> int:
    sizes = {
        at: _size(file, tensor, filled)
        for at, tensor in enumerate(file.tables(graph, schema.SUBGRAPH_TENSORS))
    }
    steps = [
        (
            _indices(file, operator, schema.OPERATOR_INPUTS, len(sizes)),
            _indices(file, operator, schema.OPERATOR_OUTPUTS, len(sizes))
            + _indices(file, operator, schema.OPERATOR_INTERMEDIATES, len(sizes)),
        )
        for operator in file.tables(graph, schema.SUBGRAPH_OPERATORS)
    ]
    return peak_bytes(
        sizes,
        steps,
        first=_indices(file, graph, schema.SUBGRAPH_INPUTS, len(sizes)),
        last=_indices(file, graph, schema.SUBGRAPH_OUTPUTS, len(sizes)),
    )


def _size(file: Flatbuffer, tensor: int, filled: list[bool]) -> int:
    """Return the bytes that an engine allocates for a tensor: none for a constant."""
    sides = file.integers(tensor, schema.TENSOR_SHAPE)
    if len(sides) > _MAX_RANK:
        raise ValueError(f"a tensor has {len(sides):,} sides")
    if any(side < 0 for side in sides):
        raise ValueError(f"a tensor has a side of {min(sides)}")
    buffer = file.scalar(tensor, schema.TENSOR_BUFFER, UINT32)
    if buffer >= len(filled):
        raise ValueError(f"a tensor names buffer {buffer} of {len(filled)}")
    bits = _BITS.get(file.scalar(tensor, schema.TENSOR_TYPE, UINT8), 0)
    return 0 if filled[buffer] else prod(sides) * bits // 8


def _is_filled(file: Flatbuffer, buffer: int) -> bool:
    """Return whether a buffer holds constants, inside the file or behind its tables."""
    offset = file.scalar(buffer, schema.BUFFER_OFFSET, UINT64)
    if offset > 1:  # 0 and 1 stand for none
        if offset + file.scalar(buffer, schema.BUFFER_SIZE, UINT64) > len(file.content):
            raise ValueError("a buffer ends behind the file")
        return True
    return file.vector(buffer, schema.BUFFER_DATA, 1)[1] > 0


def _indices(file: Flatbuffer, table: int, slot: int, tensors: int) -> list[int]:
    """Return the tensors that a table names."""
    indices = file.integers(table, slot)
    for index in indices:
        if not schema.NONE <= index < tensors:
            raise ValueError(f"an operator names tensor {index} of {tensors}")
    return [index for index in indices if index != schema.NONE]
