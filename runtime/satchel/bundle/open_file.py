"""Keeps a file open, to read parts of it whatever is at its path meanwhile."""

import os
from threading import Lock
from typing import Protocol


class Source(Protocol):
    """Bytes of which any part can be read."""

    def read_at(self, start: int, size: int) -> bytes:
        """Return ``size`` bytes after the first ``start``, or those that there are."""

    def close(self) -> None:
        """Let go of the source, of which nothing more is read."""


class Memory:
    """A source in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read_at(self, start: int, size: int) -> bytes:
        """Return ``size`` bytes after the first ``start``, or those that there are."""
        return self._content[start : start + size]

    def close(self) -> None:
        """Let go of the content."""
        self._content = b""


class OpenFile:
    """A file that is open for reading until it is closed, or nobody refers to it any more."""

    _descriptor = -1

    def __init__(self, path: str) -> None:
        """Open the file at ``path``; raises OSError, and ValueError for a path with a NUL."""
        self._reading = Lock()
        # The file objects of Python warn if nobody closes them.
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. It may be closed already."""
        # Never during a read: the number of a closed file soon belongs to another one.
        with self._reading:
            descriptor, self._descriptor = self._descriptor, -1
            if descriptor != -1:
                os.close(descriptor)

    def status(self) -> os.stat_result:
        """Return the kind and size of the file; raises OSError."""
        return os.fstat(self._descriptor)

    def read_at(self, start: int, size: int) -> bytes:
        """Return ``size`` bytes after the first ``start``, or those that there are.

        Any number of threads may call this. Raises OSError.
        """
        pieces = []
        with self._reading:
            os.lseek(self._descriptor, start, os.SEEK_SET)
            while size > 0 and (piece := os.read(self._descriptor, size)):
                pieces.append(piece)
                size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
