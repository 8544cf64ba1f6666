"""What a finished model's file says of itself."""

from collections.abc import Mapping
from typing import NamedTuple

from satchel.bundle import Activation, Format, TensorSpec
from satchel_convert.schemes import Scheme

FINISHED_FORMATS: Mapping[str, Format] = {".tflite": "tflite", ".onnx": "onnx"}
"""By the suffix of the file"""


class FinishedModel(NamedTuple):
    """A model file as it is packed, and what it says of itself."""

    content: bytes
    format: Format
    scheme: Scheme
    """What is nearest to how its numbers are stored"""
    stated: tuple[int | str | None, ...]
    """The shape of the input as the file had it: None or a name for what may be of any size"""
    shape: tuple[int, ...]
    """The shape of the input, (1, height, width, channels)"""
    input: TensorSpec
    outputs: tuple[int, ...]
    """The shape of the output"""
    output: TensorSpec
    activation: Activation | None
    """By the last operator; None where that does not tell"""
    needs: Mapping[str, str]
    """Engine to lowest version"""
