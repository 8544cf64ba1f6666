"""A float32 .tflite file of any origin as the float model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, TextTensor
from satchel.errors import EngineError
from satchel.model_checks import check_tflite
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.tflite import activation_of, scheme_of
from satchel_convert.float_models.files import (
    check_counts,
    check_float,
    check_inputs,
    open_strings as open_strings,
    run_ids,
)
from satchel_convert.float_models.kinds import Run
from satchel_convert.keras_models.author_shapes import to_author
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.sample_inputs import Inputs
from satchel_convert.samples.files import read_bytes
from satchel_convert.schemes import Backend, Scheme
from satchel_convert.text_rows import Rows, rows_of, split
from satchel_convert.tflite.deployable import to_deployable
from satchel_convert.tflite.flatbuffer import input_names, read_tree
from satchel_convert.tflite.float_quantizer import quantize_tflite


def describe(path: Path) -> ModelShape:
    """Return the inputs and outputs of the .tflite at ``path``.

    Raises ConversionError for a file that does not load, is quantized, has several inputs or
    outputs, or an input whose size is not fixed.
    """
    content = read_bytes(path)
    try:
        check_tflite(content)
    except EngineError as error:
        raise ConversionError(f"{path.name}: {error}") from error
    tree = read_tree(content)
    names = input_names(tree)
    check_counts(path, names, len(tree.subgraphs[0].outputs))
    engine = _open(path)
    check_float(path, scheme_of(tree))
    tensors = _inputs(tree)
    every = [_sides(path, tensor) for tensor in tensors]
    dtypes = [_dtype(path, tensor) for tensor in tensors]
    # Taken from a run, because the shape in the file may be missing.
    zeros = [
        np.zeros((1, *tensor.shape[1:]), dtype)
        for tensor, dtype in zip(tensors, dtypes, strict=True)
    ]
    outputs = engine.run(*zeros)
    if outputs.dtype != np.float32:
        raise ConversionError(f"Expected float32 from {path.name!r}, got {outputs.dtype}.")
    return ModelShape(every, dtypes[0], [(None, *outputs.shape[1:])], activation_of(tree), names)


def check_ids(path: Path, ids: NDArray[np.int32], tensors: Sequence[TextTensor]) -> None:
    """Raise ConversionError if the model at ``path`` refuses a text of ``tensors``.

    ``ids`` is the text, int32 (1, length), or (1, tensors, length) for several.
    """
    names = input_names(read_tree(read_bytes(path)))
    run_ids(path, _runner(path, rows_of(names, tensors)), ids)


def open_runner(path: Path, card: Card) -> Run:
    """Return a function that runs the unchanged file in LiteRT, one sample at a time.

    Raises ConversionError for a model whose input is not the card's.
    """
    tree = read_tree(read_bytes(path))
    sides = [tuple(map(int, tensor.shape[1:])) for tensor in _inputs(tree)]
    inputs = dict(zip(input_names(tree), sides, strict=True))
    return _runner(path, check_inputs(path, inputs, card))


def to_tflite(
    path: Path, card: Card, *, scheme: Scheme, backend: Backend, calibration: Inputs
) -> bytes:
    """Return the model with the bundle's input and output, in ``scheme``."""
    source = to_deployable(read_bytes(path), card)
    return quantize_tflite(source, scheme=scheme, backend=backend, calibration=calibration)


def _runner(path: Path, rows: Rows) -> Run:
    engine = _open(path)
    inputs = _inputs(read_tree(read_bytes(path)))
    sides = [tuple(map(int, tensor.shape[1:])) for tensor in inputs]
    dtypes = [_dtype(path, tensor) for tensor in inputs]

    def run(tensors: NDArray[Any]) -> NDArray[Any]:
        fed = [
            to_author(each, shape).astype(dtype)
            for each, shape, dtype in zip(split(tensors, rows), sides, dtypes, strict=True)
        ]
        outputs = [engine.run(*(each[at : at + 1] for each in fed)) for at in range(len(tensors))]
        return np.concatenate(outputs)

    return run


def _inputs(tree: Any) -> list[Any]:
    graph = tree.subgraphs[0]
    return [graph.tensors[at] for at in graph.inputs]


def _sides(path: Path, tensor: Any) -> tuple[int | None, ...]:
    """Return the sides of an input; raises ConversionError for any that are not known."""
    stated = tensor.shape if tensor.shapeSignature is None else tensor.shapeSignature
    sides = tuple(None if side < 0 else int(side) for side in stated)
    # A free side has the size 1 here: right for a batch, but an image would have one pixel.
    if None in sides[1:] or sides[:1] not in ((None,), (1,)):
        raise ConversionError(
            f"Expected a fixed size and a batch of 1, or a free batch, in {path.name!r}, got"
            f" {sides}: convert it that way."
        )
    return sides


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
