"""An ONNX model parsed once, changed by a list of passes, and written once."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Pass: TypeAlias = Callable[[Any], None]
"""A function that changes an onnx.ModelProto in place"""


def run_passes(content: bytes, passes: Iterable[Pass]) -> bytes:
    """Return the ONNX model ``content`` as ``passes`` leave it, in their order."""
    import onnx

    model = onnx.load_from_string(content)
    for each in passes:
        each(model)
    serialized: bytes = model.SerializeToString(deterministic=True)
    return serialized
