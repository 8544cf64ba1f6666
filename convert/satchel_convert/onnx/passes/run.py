"""Parses an ONNX model once, runs a list of passes over it, and writes it once."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Pass: TypeAlias = Callable[[Any], None]
"""A function that changes an onnx.ModelProto in place"""


def run_passes(content: bytes, passes: Iterable[Pass]) -> bytes:
    """Return the ONNX model ``content`` after ``passes``, which run in their order."""
    import onnx

    model = onnx.load_from_string(content)
    for each in passes:
        each(model)
    serialized: bytes = model.SerializeToString(deterministic=True)
    return serialized
