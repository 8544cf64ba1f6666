"""A Keras model as the float model."""

from pathlib import Path
from typing import Any

from satchel.bundle import Card
from satchel_convert.keras_models.deployable import (
    open_runner as open_runner,
    to_deployable,
)
from satchel_convert.keras_models.float_model import (
    check_ids as check_ids,
    describe_model as describe,
    load_reference,
    open_strings as open_strings,
)
from satchel_convert.keras_models.recurrent import unroll
from satchel_convert.onnx.converter import to_onnx as export
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import CALIBRATED, Backend, Scheme
from satchel_convert.tflite.converter import to_tflite as convert

__all__ = ["check_ids", "describe", "open_runner", "open_strings", "to_onnx", "to_tflite"]


def to_onnx(path: Path, card: Card) -> bytes:
    """Return the Keras model as a float32 .onnx with the bundle's input and output."""
    return export(to_deployable(load_reference(path), card))


def to_tflite(
    path: Path, card: Card, *, scheme: Scheme, backend: Backend, calibration: Inputs
) -> bytes:
    """Return the Keras model as a .tflite with the bundle's input and output, in ``scheme``."""
    model: Any = load_reference(path)
    without_loops = unroll(model) if scheme in CALIBRATED else model
    deployable = to_deployable(without_loops, card)
    return convert(deployable, scheme=scheme, backend=backend, calibration=calibration)
