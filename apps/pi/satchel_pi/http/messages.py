"""Messages between the service and its worker processes: a head in JSON, and bytes.

Both ends belong to the service, but a worker has decoded strangers' files: what it says is parsed
as JSON and never as objects of Python.
"""

import json
import struct
from typing import Any, BinaryIO, NamedTuple

PREFIX = struct.Struct("<II")
"""The lengths of the head and of the content in bytes."""
MOST_HEAD_BYTES = 64 << 20
"""The largest head: a card with a hundred thousand labels, or a text, in JSON."""
MOST_CONTENT_BYTES = 1 << 30
SHORT_BYTES = 1 << 16
"""The largest content that is sent together with its head."""


class Message(NamedTuple):
    """A message."""

    head: dict[str, Any]
    content: bytes = b""


def packed(message: Message) -> list[bytes]:
    """Return the pieces of ``message``, which are sent one after another."""
    head = json.dumps(message.head).encode("ascii")
    begin = PREFIX.pack(len(head), len(message.content)) + head
    if len(message.content) <= SHORT_BYTES:
        # One piece is one wake-up of the other end.
        return [begin + message.content]
    return [begin, message.content]


def lengths(prefix: bytes) -> tuple[int, int]:
    """Return the lengths that a message's prefix says; raises ValueError if they are too large."""
    head, content = PREFIX.unpack(prefix)
    if head > MOST_HEAD_BYTES or content > MOST_CONTENT_BYTES:
        raise ValueError(f"a message of {head + content:,} bytes")
    return head, content


def parsed(head: bytes, content: bytes) -> Message:
    """Return the message of these two parts; raises ValueError if the head is no JSON object."""
    value = json.loads(head)
    if not isinstance(value, dict):
        raise ValueError("a head that is no object")
    return Message(value, content)


def receive(stream: BinaryIO) -> Message | None:
    """Return the next message of a stream that waits, None at its end.

    Raises ValueError for what is no message, OSError if the connection breaks or times out.
    """
    prefix = stream.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    head_bytes, content_bytes = lengths(prefix)
    head, content = stream.read(head_bytes), stream.read(content_bytes)
    if len(head) < head_bytes or len(content) < content_bytes:
        return None
    return parsed(head, content)
