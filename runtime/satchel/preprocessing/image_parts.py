"""Counts the parts of an image's file, before a decoder reads them one by one."""

from satchel import limits
from satchel.errors import InputError


class Parts:
    """The parts of a file that a decoder reads one by one, and their limit."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._count = 0

    def add(self, count: int) -> None:
        """Count ``count`` parts more; raises InputError beyond MAX_PARTS."""
        self._count += count
        if self._count > limits.MAX_PARTS:
            raise InputError(f"Expected at most {limits.MAX_PARTS:,} {self._kind}, got more.")
