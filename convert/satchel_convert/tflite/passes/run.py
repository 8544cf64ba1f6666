"""Parses a .tflite file once, runs a list of passes over it, and writes it once."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from satchel_convert.tflite.flatbuffer import read_tree, write_tree

Pass: TypeAlias = Callable[[Any], None]
"""A function that changes the schema's ``ModelT`` in place.

It must set vectors of numbers as NumPy arrays of the field's dtype in the schema: only such vectors
are shared when the file is written.
"""


def run_passes(content: bytes, passes: Iterable[Pass]) -> bytes:
    """Return the .tflite file ``content`` after ``passes``, which run in their order."""
    tree = read_tree(content)
    for each in passes:
        each(tree)
    return write_tree(tree)
