"""The functions that run in child processes: conversions, and the float model's predictions."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from satchel.bundle import (
    Card,
    Format,
    ModelEntry,
    TensorSpec,
)
from satchel.engines import open_engine
from satchel_convert.conversion.needs import onnx_needs, tflite_needs
from satchel_convert.float_models.describing import describe_model
from satchel_convert.float_models.kinds import float_model
from satchel_convert.float_models.predictions import (
    check_ids,
    own_ids,
    raw_outputs,
    reference_predictions,
    store_reference_predictions,
)
from satchel_convert.golden.tolerances import UNVERIFIED
from satchel_convert.model_folder import deployed_card
from satchel_convert.onnx.converter import quantize_onnx
from satchel_convert.onnx.finish import finish_onnx
from satchel_convert.onnx.graphs import input_names as onnx_names
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import Backend, Scheme
from satchel_convert.task import converter_task
from satchel_convert.text_rows import in_file_order, rows_of
from satchel_convert.tflite.converter import read_tensor_specs
from satchel_convert.tflite.finish import finish_tflite
from satchel_convert.tflite.flatbuffer import input_names as tflite_names, read_tree

__all__ = [
    "Converted",
    "check_ids",
    "describe_model",
    "float32_onnx",
    "onnx_model",
    "own_ids",
    "raw_outputs",
    "reference_predictions",
    "store_reference_predictions",
    "tflite_model",
]


class Converted(NamedTuple):
    """A finished model file."""

    content: bytes
    input: TensorSpec
    output: TensorSpec
    needs: Mapping[str, str]
    """The lowest version of each engine that runs the model"""

    def entry(self, format_: Format, scheme: Scheme) -> ModelEntry:
        """Return the model's entry in a card before it is verified."""
        return ModelEntry(
            file=f"{scheme}.{format_}",
            format=format_,
            scheme=scheme,
            size_bytes=len(self.content),
            input=self.input,
            output=self.output,
            needs=self.needs,
            golden_tolerance=0.0,
            golden_tolerance_why=UNVERIFIED,
        )


def tflite_model(
    path: Path,
    card: Card,
    files: Mapping[str, bytes],
    scheme: Scheme,
    backend: Backend,
    calibration: Inputs,
) -> Converted:
    """Return the float model at ``path`` converted to TFLite, with its metadata."""
    tensors = converter_task(card.task).input.tensors(card.input)
    converted = float_model(path).to_tflite(
        path,
        card,
        scheme=scheme,
        backend=backend,
        calibration=in_file_order(calibration, tensors),
    )
    finished = finish_tflite(
        converted,
        scheme=scheme,
        backend=backend,
        card=deployed_card(card),
        files=files,
    )
    # Loaded here first: if the engine refuses the file, this backend has failed, others may not.
    open_engine("litert", finished, threads=1)
    input_tensor, output_tensor = read_tensor_specs(finished)
    input_tensor = input_tensor._replace(rows=rows_of(tflite_names(read_tree(finished)), tensors))
    return Converted(finished, input_tensor, output_tensor, tflite_needs(finished))


def float32_onnx(path: Path, card: Card) -> bytes:
    """Return the float model at ``path`` as float32 ONNX, from which all schemes are made."""
    return float_model(path).to_onnx(path, card)


def onnx_model(
    source: bytes, card: Card, scheme: Scheme, backend: Backend, calibration: Inputs
) -> Converted:
    """Return a float32 ONNX model converted to ``scheme``, with card and labels as metadata."""
    task = converter_task(card.task).input
    tensors = task.tensors(card.input)
    calibration = in_file_order(calibration, tensors)
    quantized = quantize_onnx(source, scheme=scheme, backend=backend, calibration=calibration)
    # ONNX models keep float32 pixels: ONNX Runtime's tools quantize behind the input.
    input_tensor = TensorSpec(task.DTYPE, rows=rows_of(onnx_names(quantized), tensors))
    finished = finish_onnx(quantized, scheme=scheme, card=deployed_card(card))
    # Loaded here first: ONNX Runtime 1.32 crashes the whole process if the vectors of quantized
    # embeddings enter a loop.
    open_engine("onnx", finished, threads=1)
    return Converted(finished, input_tensor, TensorSpec("float32"), onnx_needs(scheme, finished))
