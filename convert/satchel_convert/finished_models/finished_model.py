"""The facts that the file of a finished model holds."""

from collections.abc import Mapping
from typing import NamedTuple

from satchel.bundle import Format, TensorSpec
from satchel_convert.schemes import Scheme

FINISHED_FORMATS: Mapping[str, Format] = {".tflite": "tflite", ".onnx": "onnx"}
"""The format of each file suffix"""


class FinishedModel(NamedTuple):
    """A model file as it is packed, and the facts that it holds."""

    content: bytes
    format: Format
    scheme: Scheme
    """The scheme that is nearest to how the file stores numbers"""
    stated: tuple[int | str | None, ...]
    """The shape of the input in the original file; None or a name for a side of any size"""
    shape: tuple[int, ...]
    """The shape of the input, (1, height, width, channels)"""
    input: TensorSpec
    outputs: tuple[int, ...]
    """The shape of the output"""
    output: TensorSpec
    activation: str | None
    """Keras's name of the activation of the outputs; None if the last operator does not show it"""
    needs: Mapping[str, str]
    """The lowest version of each engine that runs the model"""
