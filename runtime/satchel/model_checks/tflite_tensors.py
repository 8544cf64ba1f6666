"""Checks what a TFLite file declares about its tensors, before an engine sees the file.

An interpreter allocates what a file asks for, and follows its offsets. This walk reads only the few
fields that say how much and where, and checks their bounds. Whether the model is correct is for the
engine to find out. Shapes that appear only while the model runs are not in the file: there the
memory limit of ``satchel selftest --isolated`` helps.
"""

from math import prod

from satchel.model_checks import tflite_schema as schema
from satchel.model_checks.flatbuffer import UINT8, UINT32, UINT64, Flatbuffer
from satchel.model_checks.tensor_memory import (
    BrokenRuleError,
    check_tensor_bytes,
    peak_bytes,
    refused,
)

_MAX_RANK = 32
"""The largest rank. Kernels support 8, and the product of a million sides would take minutes."""
_BITS = {0: 32, 1: 16, 2: 32, 3: 8, 4: 64, 6: 8, 7: 16, 8: 64, 9: 8, 10: 64, 11: 128, 12: 64,
         15: 32, 16: 16, 17: 4, 18: 16}  # fmt: skip
"""The bits of an element by its TensorType. The other types have no fixed size."""


def check_tensors(model: bytes) -> None:
    """Raise EngineError for a TFLite file whose tensors are impossible, or need too much memory.

    The errors are: an offset that leads out of the file, an index of a tensor or buffer that does
    not exist, a negative side, and tensors that need more than MAX_TENSOR_BYTES at once.
    """
    try:
        needed = _tensor_bytes(Flatbuffer(model))
    except ValueError as error:
        raise refused("a TFLite model", error) from error
    check_tensor_bytes(needed)


def _tensor_bytes(file: Flatbuffer) -> int:
    """Return the bytes that the tensors of all subgraphs need at once, without constants."""
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
    """Return the bytes that an engine allocates for a tensor, 0 for a constant."""
    sides = file.integers(tensor, schema.TENSOR_SHAPE)
    if len(sides) > _MAX_RANK:
        raise BrokenRuleError(f"a tensor has {len(sides):,} sides, more than {_MAX_RANK}")
    if min(sides, default=0) < 0:
        raise BrokenRuleError(f"a tensor has a side of {min(sides)}")
    buffer = file.scalar(tensor, schema.TENSOR_BUFFER, UINT32)
    if buffer >= len(filled):
        raise ValueError(f"a tensor names buffer {buffer} of {len(filled)}")
    bits = _BITS.get(file.scalar(tensor, schema.TENSOR_TYPE, UINT8), 0)
    return 0 if filled[buffer] else prod(sides) * bits // 8


def _is_filled(file: Flatbuffer, buffer: int) -> bool:
    """Return whether a buffer holds constants, inside the tables of the file or after them."""
    offset = file.scalar(buffer, schema.BUFFER_OFFSET, UINT64)
    if offset > 1:  # 0 and 1 mean that the buffer has no offset.
        if offset + file.scalar(buffer, schema.BUFFER_SIZE, UINT64) > len(file.content):
            raise ValueError("a buffer ends after the end of the file")
        return True
    return file.vector(buffer, schema.BUFFER_DATA, 1)[1] > 0


def _indices(file: Flatbuffer, table: int, slot: int, tensors: int) -> tuple[int, ...]:
    """Return the indices of the tensors that a table names."""
    indices = file.integers(table, slot)
    for index in (min(indices, default=schema.NONE), max(indices, default=schema.NONE)):
        if not schema.NONE <= index < tensors:
            raise ValueError(f"an operator names tensor {index} of {tensors}")
    return tuple(index for index in indices if index != schema.NONE)
