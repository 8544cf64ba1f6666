"""A float32 .onnx file of any framework as the float model, such as PyTorch's exporter writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, TextTensor
from satchel.errors import first_line
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.onnx_graph import scheme_of
from satchel_convert.finished_models.onnx_outputs import activation
from satchel_convert.float_models.files import (
    check_counts,
    check_float,
    check_inputs,
    open_strings as open_strings,
    run_ids,
)
from satchel_convert.float_models.kinds import Run
from satchel_convert.keras_models.author_shapes import Sides, to_author
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.onnx.deployable import to_deployable
from satchel_convert.text_rows import Rows, rows_of, split

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}
"""The input types of float models that are understood, by ONNX Runtime's names"""


def describe(path: Path) -> ModelShape:
    """Return the inputs and outputs of the .onnx at ``path``.

    Raises ConversionError for a file that does not load, is quantized, has several inputs or
    outputs, or an input of another type.
    """
    model = _load(path)
    check_float(path, scheme_of(model.graph))
    session = _open(path, model)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    names = [each.name for each in inputs]
    check_counts(path, names, len(outputs))
    every = [_sides(each.shape) for each in inputs]
    dtypes = [_dtype(path, each) for each in inputs]
    found = ModelShape(
        every,
        dtypes[0],
        [_sides(outputs[0].shape)],
        activation(model.graph, outputs[0].name),
        names,
    )
    for sides in every:
        if not sides or sides[0] not in (None, 1):
            raise ConversionError(
                f"Expected a model with a free batch, or a batch of 1, in {path.name!r}, got"
                f" {sides}: export it so."
            )
    if found.outputs[0] and None not in found.outputs[0][1:]:
        return found
    # The file does not say it, so one run does, if the size of the input is known.
    if any(None in sides[1:] for sides in every):
        raise ConversionError(
            f"Expected an output of known size from {path.name!r}, got {found.outputs[0]}: export"
            " the model with fixed sides."
        )
    zeros = {
        name: np.zeros([1, *filter(None, sides[1:])], dtype)
        for name, sides, dtype in zip(names, every, dtypes, strict=True)
    }
    (output,) = session.run(None, zeros)
    return found._replace(outputs=[(None, *output.shape[1:])])


def check_ids(path: Path, ids: NDArray[np.int32], tensors: Sequence[TextTensor]) -> None:
    """Raise ConversionError if the model at ``path`` refuses a text of ``tensors``.

    ``ids`` is the text, int32 (1, length), or (1, tensors, length) for several.
    """
    session = _open(path, _load(path))
    rows = rows_of([each.name for each in session.get_inputs()], tensors)
    run_ids(path, _runner(path, session, rows), ids)


def open_runner(path: Path, card: Card) -> Run:
    """Return a function that runs the unchanged file in ONNX Runtime, one sample at a time.

    Raises ConversionError for a model whose input is not the card's.
    """
    session = _open(path, _load(path))
    inputs = {each.name: _sides(each.shape)[1:] for each in session.get_inputs()}
    return _runner(path, session, check_inputs(path, inputs, card))


def to_onnx(path: Path, card: Card) -> bytes:
    """Return the model with the bundle's input and output, for a batch of 1."""
    return to_deployable(_load(path), card)


def _runner(path: Path, session: Any, rows: Rows) -> Run:
    inputs = [
        (each.name, _sides(each.shape)[1:], _dtype(path, each)) for each in session.get_inputs()
    ]

    def run(tensors: NDArray[Any]) -> NDArray[Any]:
        fed = {
            name: to_author(each, sides).astype(dtype)
            for each, (name, sides, dtype) in zip(split(tensors, rows), inputs, strict=True)
        }
        # One by one, because a file with a free batch may hold a reshape to a batch of 1.
        outputs = [
            session.run(None, {name: each[at : at + 1] for name, each in fed.items()})[0]
            for at in range(len(tensors))
        ]
        return np.concatenate(outputs)

    return run


def _load(path: Path) -> Any:
    """Return the model with its weights, also those in files beside it."""
    import onnx

    try:
        # Weights may only stand in the model's own folder: the library refuses other paths.
        return onnx.load(path)
    except Exception as error:
        # Its exceptions, and those of the parser, have no common root.
        raise ConversionError(
            f"Expected an .onnx model in {path.name!r}, got: {first_line(error)}"
        ) from error


def _open(path: Path, model: Any) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        # The exceptions of the binding have no common root.
        raise ConversionError(
            f"Expected an .onnx model that loads here in {path.name!r}, got: {first_line(error)}"
        ) from error


def _sides(shape: Sequence[Any] | None) -> Sides:
    """Return the sides; None for one that has a name, or a size that is none."""
    return tuple(side if isinstance(side, int) and side > 0 else None for side in (shape or ()))


def _dtype(path: Path, tensor: Any) -> str:
    found = _DTYPES.get(tensor.type)
    if found is None:
        raise ConversionError(
            f"Expected an input of {', '.join(_DTYPES.values())} in {path.name!r},"
            f" got {tensor.type}."
        )
    return found
