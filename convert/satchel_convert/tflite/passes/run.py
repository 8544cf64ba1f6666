"""A .tflite file parsed once, changed by a list of passes, and written once."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from satchel_convert.tflite.flatbuffer import read_tree, write_tree

Pass: TypeAlias = Callable[[Any], None]
"""A function that changes the schema's ``ModelT`` in place.

The vectors of numbers that it sets are NumPy arrays of the dtype that the schema gives the field:
only these are shared when the file is written.
"""


def run_passes(content: bytes, passes: Iterable[Pass]) -> bytes:
    """Return the .tflite file ``content`` as ``passes`` leave it, in their order."""
    tree = read_tree(content)
    for each in passes:
        each(tree)
    return write_tree(tree)
