"""Reads tables and vectors of a FlatBuffers file, and checks that each lies inside the file.

Source: the FlatBuffers internals (https://flatbuffers.dev/internals).
"""

import struct
from collections.abc import Iterator

from satchel.model_checks.tensor_memory import BrokenRuleError

INT8, INT32 = struct.Struct("<b"), struct.Struct("<i")
UINT8, UINT32, UINT64 = struct.Struct("<B"), struct.Struct("<I"), struct.Struct("<Q")
_UINT16 = struct.Struct("<H")


class Flatbuffer:
    """The bytes of a file, and how many numbers may still be read from its vectors.

    A table is given by the position of its first byte, a field by its slot, the number of the field
    in the schema. Every method raises ValueError if an offset leads out of the file.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        # Two fields may share a vector. But a file whose vectors hold more numbers than it has
        # bytes shares them to make its reader slow.
        self.left = len(content)

    def root(self, identifier: bytes) -> int:
        """Return the root table of the file; raises ValueError for another kind of file."""
        if self.content[4:8] != identifier:
            raise ValueError(f"it is not marked {identifier.decode()}")
        return self._follow(0)

    def tables(self, table: int, slot: int) -> Iterator[int]:
        """Return the tables of a vector."""
        start, count = self.vector(table, slot, 4)
        self._spend(count)
        offsets = struct.unpack_from(f"<{count}I", self.content, start)
        return (start + 4 * at + offset for at, offset in enumerate(offsets))

    def table(self, table: int, slot: int) -> int | None:
        """Return the table in a field, None if it is not there."""
        field = self._field(table, slot)
        return self._follow(field) if field else None

    def integers(self, table: int, slot: int) -> tuple[int, ...]:
        """Return the numbers of a vector of int32."""
        start, count = self.vector(table, slot, 4)
        self._spend(count)
        return struct.unpack_from(f"<{count}i", self.content, start)

    def vector(self, table: int, slot: int, width: int) -> tuple[int, int]:
        """Return the position of the first element of a vector, and the number of elements."""
        field = self._field(table, slot)
        if not field:
            return 0, 0
        start = self._follow(field)
        count = self._read(UINT32, start)
        if start + 4 + count * width > len(self.content):
            raise ValueError("a vector ends after the end of the file")
        return start + 4, count

    def scalar(self, table: int, slot: int, form: struct.Struct) -> int:
        """Return the number in a field, 0 if it is not there."""
        field = self._field(table, slot)
        return self._read(form, field) if field else 0

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise BrokenRuleError("its vectors hold more numbers than the file has bytes")

    def _field(self, table: int, slot: int) -> int:
        """Return the position of a field of a table, 0 if it is not there."""
        # Struct would count a negative position from the end.
        virtual = table - self._read(INT32, table)
        size = self._read(_UINT16, virtual if virtual >= 0 else len(self.content))
        entry = 4 + 2 * slot
        offset = self._read(_UINT16, virtual + entry) if entry + 2 <= size else 0
        return table + offset if offset else 0

    def _follow(self, position: int) -> int:
        return position + self._read(UINT32, position)

    def _read(self, form: struct.Struct, position: int) -> int:
        try:
            value: int = form.unpack_from(self.content, position)[0]
        except (struct.error, OverflowError):
            raise ValueError("an offset leads out of the file") from None
        return value
