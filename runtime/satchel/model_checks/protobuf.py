"""Reads the protobuf wire format, without the protobuf package.

Source: https://protobuf.dev/programming-guides/encoding
"""

from collections.abc import Iterator
from typing import Any


def read_fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each field. A value is a number or the bytes of a message.

    Raises ValueError or IndexError for a damaged message.
    """
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
            raise ValueError("a field ends after the end of its message")
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
