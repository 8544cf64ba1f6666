"""Checks what a TFLite file says of its tensors, before an engine sees it.

An interpreter allocates what a file asks for, and follows its offsets. This walk reads the few
fields that tell how much and where, each within bounds, and nothing else: that a model is right is
the engine's to find. Shapes that only come out while it runs are not in the file; the memory limit
of ``satchel selftest --isolated`` holds those.

Source: tensorflow/lite/schema/schema.fbs (version 3) and the FlatBuffers internals
(https://flatbuffers.dev/internals).
"""

import struct
from collections.abc import Iterator
from math import prod

from satchel.engines.tensor_memory import check_tensor_bytes, peak_bytes
from satchel.errors import EngineError

_INT32, _UINT32, _UINT16 = struct.Struct("<i"), struct.Struct("<I"), struct.Struct("<H")
_UINT8, _UINT64 = struct.Struct("<B"), struct.Struct("<Q")
_MODEL_SUBGRAPHS, _MODEL_BUFFERS = 2, 4
_SUBGRAPH_TENSORS, _SUBGRAPH_INPUTS, _SUBGRAPH_OUTPUTS, _SUBGRAPH_OPERATORS = 0, 1, 2, 3
_TENSOR_SHAPE, _TENSOR_TYPE, _TENSOR_BUFFER = 0, 1, 2
_OPERATOR_INPUTS, _OPERATOR_OUTPUTS, _OPERATOR_INTERMEDIATES = 1, 2, 8
_BUFFER_DATA, _BUFFER_OFFSET, _BUFFER_SIZE = 0, 1, 2
_MAX_RANK = 32
"""Kernels stop at 8; the product of a million sides would take minutes"""
_NONE = -1
"""An input that an operator does without"""
_BITS = {0: 32, 1: 16, 2: 32, 3: 8, 4: 64, 6: 8, 7: 16, 8: 64, 9: 8, 10: 64, 11: 128, 12: 64,
         15: 32, 16: 16, 17: 4, 18: 16}  # fmt: skip
"""Of an element, by TensorType; the others have no size of their own"""


def check_tensors(model: bytes) -> None:
    """Raise EngineError for a TFLite file whose tensors cannot be, or need too much memory.

    Offsets beyond the file, indices of tensors and buffers that are not there, negative sides, and
    tensors of more than MAX_TENSOR_BYTES at once.
    """
    try:
        needed = _Flatbuffer(model).tensor_bytes()
    except ValueError as error:
        raise EngineError(f"Expected a TFLite model, got a damaged file: {error}.") from error
    check_tensor_bytes(needed)


class _Flatbuffer:
    """The bytes of a file, and how many numbers may still be read of its vectors."""

    def __init__(self, file: bytes) -> None:
        self.file = file
        # A vector may be shared, but a file whose vectors hold more numbers than it has bytes
        # shares them to make its reader slow.
        self.left = len(file)

    def tensor_bytes(self) -> int:
        """Return how much the tensors of all subgraphs need at once, without constants."""
        if self.file[4:8] != b"TFL3":
            raise ValueError("it does not say TFL3")
        model = self._follow(0)
        filled = [self._is_filled(buffer) for buffer in self._tables(model, _MODEL_BUFFERS)]
        return sum(self._peak(graph, filled) for graph in self._tables(model, _MODEL_SUBGRAPHS))

    def _peak(self, graph: int, filled: list[bool]) -> int:
        sizes = {
            at: self._size(tensor, filled)
            for at, tensor in enumerate(self._tables(graph, _SUBGRAPH_TENSORS))
        }
        steps = [
            (
                self._indices(operator, _OPERATOR_INPUTS, len(sizes)),
                self._indices(operator, _OPERATOR_OUTPUTS, len(sizes))
                + self._indices(operator, _OPERATOR_INTERMEDIATES, len(sizes)),
            )
            for operator in self._tables(graph, _SUBGRAPH_OPERATORS)
        ]
        return peak_bytes(
            sizes,
            steps,
            first=self._indices(graph, _SUBGRAPH_INPUTS, len(sizes)),
            last=self._indices(graph, _SUBGRAPH_OUTPUTS, len(sizes)),
        )

    def _size(self, tensor: int, filled: list[bool]) -> int:
        """Return the bytes that an engine allocates for a tensor: none for a constant."""
        sides = self._integers(tensor, _TENSOR_SHAPE)
        if len(sides) > _MAX_RANK:
            raise ValueError(f"a tensor has {len(sides):,} sides")
        if any(side < 0 for side in sides):
            raise ValueError(f"a tensor has a side of {min(sides)}")
        buffer = self._scalar(tensor, _TENSOR_BUFFER, _UINT32)
        if buffer >= len(filled):
            raise ValueError(f"a tensor names buffer {buffer} of {len(filled)}")
        bits = _BITS.get(self._scalar(tensor, _TENSOR_TYPE, _UINT8), 0)
        return 0 if filled[buffer] else prod(sides) * bits // 8

    def _is_filled(self, buffer: int) -> bool:
        """Return whether a buffer holds constants, inside the file or behind its tables."""
        offset = self._scalar(buffer, _BUFFER_OFFSET, _UINT64)
        if offset > 1:  # 0 and 1 stand for none
            if offset + self._scalar(buffer, _BUFFER_SIZE, _UINT64) > len(self.file):
                raise ValueError("a buffer ends behind the file")
            return True
        return self._vector(buffer, _BUFFER_DATA, 1)[1] > 0

    def _indices(self, table: int, slot: int, tensors: int) -> list[int]:
        """Return the tensors that a table names."""
        indices = self._integers(table, slot)
        for index in indices:
            if not _NONE <= index < tensors:
                raise ValueError(f"an operator names tensor {index} of {tensors}")
        return [index for index in indices if index != _NONE]

    def _integers(self, table: int, slot: int) -> tuple[int, ...]:
        start, count = self._vector(table, slot, 4)
        self._spend(count)
        return struct.unpack_from(f"<{count}i", self.file, start)

    def _tables(self, table: int, slot: int) -> Iterator[int]:
        start, count = self._vector(table, slot, 4)
        self._spend(count)
        return (self._follow(start + 4 * at) for at in range(count))

    def _vector(self, table: int, slot: int, width: int) -> tuple[int, int]:
        """Return where the elements of a vector begin, and how many there are."""
        field = self._field(table, slot)
        if not field:
            return 0, 0
        start = self._follow(field)
        count = self._read(_UINT32, start)
        if start + 4 + count * width > len(self.file):
            raise ValueError("a vector ends behind the file")
        return start + 4, count

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise ValueError("its vectors hold more numbers than the file has bytes")

    def _scalar(self, table: int, slot: int, form: struct.Struct) -> int:
        field = self._field(table, slot)
        return self._read(form, field) if field else 0

    def _field(self, table: int, slot: int) -> int:
        """Return where the field of a table lies, 0 if it is not there."""
        virtual = table - self._read(_INT32, table)
        entry = 4 + 2 * slot
        if entry + 2 > self._read(_UINT16, virtual):
            return 0
        offset = self._read(_UINT16, virtual + entry)
        return table + offset if offset else 0

    def _follow(self, position: int) -> int:
        return position + self._read(_UINT32, position)

    def _read(self, form: struct.Struct, position: int) -> int:
        # Struct would count a negative position from the end.
        if not 0 <= position <= len(self.file) - form.size:
            raise ValueError("an offset leads out of the file")
        value: int = form.unpack_from(self.file, position)[0]
        return value
