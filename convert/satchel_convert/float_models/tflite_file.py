"""A float32 .tflite file of any origin as the float model."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel.errors import EngineError
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.tflite import activation_of, scheme_of
from satchel_convert.float_models.files import check_float, check_input, run_ids
from satchel_convert.float_models.kinds import Run
from satchel_convert.keras_models.author_shapes import to_author
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.sample_inputs import Inputs
from satchel_convert.samples.files import read_bytes
from satchel_convert.schemes import Backend, Scheme
from satchel_convert.tflite.deployable import to_deployable
from satchel_convert.tflite.flatbuffer import read_tree
from satchel_convert.tflite.float_quantizer import quantize_tflite


def describe(path: Path) -> ModelShape:
    """Return the inputs and outputs of the .tflite at ``path``.

    Raises ConversionError for a file that does not load, is quantized, has several inputs or
    outputs, or an input whose size is not fixed.
    """
    engine = _open(path)
    tree = read_tree(read_bytes(path))
    check_float(path, scheme_of(tree))
    tensor = tree.subgraphs[0].tensors[tree.subgraphs[0].inputs[0]]
    stated = tensor.shape if tensor.shapeSignature is None else tensor.shapeSignature
    sides = tuple(None if side < 0 else int(side) for side in stated)
    dtype = _dtype(path, tensor)
    # A free side has the size 1 here: right for a batch, but an image would have one pixel.
    if None in sides[1:] or sides[:1] not in ((None,), (1,)):
        raise ConversionError(
            f"Expected a fixed size and a batch of 1, or a free batch, in {path.name!r}, got"
            f" {sides}: convert it that way."
        )
    # Taken from a run, because the shape in the file may be missing.
    outputs = engine.run(np.zeros((1, *tensor.shape[1:]), dtype))
    if outputs.dtype != np.float32:
        raise ConversionError(f"Expected float32 from {path.name!r}, got {outputs.dtype}.")
    return ModelShape([sides], dtype, [(None, *outputs.shape[1:])], activation_of(tree))


def check_ids(path: Path, ids: NDArray[np.int32]) -> None:
    """Raise ConversionError if the model at ``path`` refuses ``ids``, int32 (1, length)."""
    run_ids(path, _runner(path), ids)


def open_runner(path: Path, card: Card) -> Run:
    """Return a function that runs the unchanged file in LiteRT, one sample at a time.

    Raises ConversionError for a model whose input is not the card's.
    """
    return _runner(path, card)


def to_tflite(
    path: Path, card: Card, *, scheme: Scheme, backend: Backend, calibration: Inputs
) -> bytes:
    """Return the model with the bundle's input and output, in ``scheme``."""
    source = to_deployable(read_bytes(path), card)
    return quantize_tflite(source, scheme=scheme, backend=backend, calibration=calibration)


def _runner(path: Path, card: Card | None = None) -> Run:
    engine = _open(path)
    tree = read_tree(read_bytes(path))
    tensor = tree.subgraphs[0].tensors[tree.subgraphs[0].inputs[0]]
    sides = tuple(map(int, tensor.shape[1:]))
    if card is not None:
        check_input(path, sides, card)
    dtype = _dtype(path, tensor)

    def run(tensors: NDArray[Any]) -> NDArray[Any]:
        shaped = to_author(tensors, sides)
        return np.concatenate([engine.run(each[np.newaxis].astype(dtype)) for each in shaped])

    return run


def _open(path: Path) -> Any:
    from satchel.engines import open_engine

    try:
        return open_engine("litert", read_bytes(path), threads=1)
    except EngineError as error:
        raise ConversionError(f"{path.name}: {error}") from error


def _dtype(path: Path, tensor: Any) -> str:
    from ai_edge_litert.schema_py_generated import TensorType

    known = {TensorType.FLOAT32: "float32", TensorType.INT32: "int32", TensorType.INT64: "int64"}
    if tensor.type not in known:
        names = {code: name for name, code in vars(TensorType).items() if name.isupper()}
        raise ConversionError(
            f"Expected an input of {', '.join(known.values())} in {path.name!r}, got"
            f" {names[tensor.type].lower()}: use satchel pack for a model of bytes or strings."
        )
    return known[tensor.type]
