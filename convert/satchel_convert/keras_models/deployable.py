"""Builds the Keras model that is deployed: pixels, ids or a latent in, probabilities or pixels out.

Phones and browsers feed and show raw pixels in three channels. Everything else that the float model
needs or lacks (scale, offset, grey, a softmax) becomes part of the graph, where no application can
get it wrong.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.author_shapes import (
    author_tensor,
    card_tensor,
    fits,
    is_output,
    to_author,
)
from satchel_convert.keras_models.float_model import load_reference, only_output
from satchel_convert.keras_models.model_inputs import call, input_names
from satchel_convert.keras_models.plain_model import with_float_input
from satchel_convert.task import converter_task
from satchel_convert.text_rows import Rows, rows_of, split


def open_runner(path: Path, card: Card) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Return a function from input tensors of the card, (n, ...), to the model's own outputs.

    Raises ConversionError for a model whose input is not the card's.
    """
    model = load_reference(path)
    rows = _check_inputs(model, card)
    only_one = model.inputs[0].shape[0] == 1
    shapes = [tuple(each.shape[1:]) for each in model.inputs]

    def run(tensors: NDArray[Any]) -> NDArray[np.float32]:
        batches = np.split(tensors, len(tensors)) if only_one else [tensors]
        return np.concatenate([np.asarray(only_output(call(model, fed(each)))) for each in batches])

    def fed(tensors: NDArray[Any]) -> list[NDArray[Any]]:
        return [
            to_author(each, shape) for each, shape in zip(split(tensors, rows), shapes, strict=True)
        ]

    return run


def to_deployable(model: Any, card: Card) -> Any:
    """Return a Keras model around ``model`` with a bundle's input and output, for a batch of 1.

    The input is an image, float32 (1, height, width, 3) from 0 to 255, the ids of a text, int32
    (1, length), with a mask and segments alike if the card has them, or a latent, float32
    (1, length). The output is probabilities, float32 (1, labels), or an image.
    """
    import keras

    rows = _check_inputs(model, card)
    check_output(model.outputs[0].shape, card)
    task = converter_task(card.task)
    opened = task.input.open_keras(card.input)
    if task.input.DTYPE != "int32":
        model = with_float_input(model)
    fed = [opened[row][1] for row in rows or (0,)]
    authors = [
        author_tensor(each, own.shape[1:]) for each, own in zip(fed, model.inputs, strict=True)
    ]
    if rows:
        authors = [
            keras.ops.cast(each, own.dtype) for each, own in zip(authors, model.inputs, strict=True)
        ]
    # ``call`` states that this is no training: an export to ONNX traces the graph without it.
    values = only_output(call(model, authors))
    check_output(values.shape, card)
    values = card_tensor(values, card.output.shape)
    name = card.name.replace(".", "_").replace("-", "_")
    inputs = [tensor for tensor, _ in opened]
    made = task.output.finish(values, card.output)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], made, name=name)


def _check_inputs(model: Any, card: Card) -> Rows:
    """Return the row of a prepared text that each input reads; raises ConversionError."""
    names = input_names(model)
    tensors = converter_task(card.task).input.tensors(card.input)
    if len(model.outputs) != 1 or (len(names) != 1 and len(tensors) < 2):
        raise ConversionError(
            "Expected a Keras model with one input and one output,"
            f" got {len(model.inputs)} and {len(model.outputs)}."
        )
    rows = rows_of(names, tensors)
    # All tensors of a text have the same length.
    expected = card.input.shape[-1:] if rows else card.input.shape
    for tensor in model.inputs:
        shape = tuple(tensor.shape)
        if not fits(shape[1:], expected):
            raise ConversionError(
                f"Expected model.keras to have the input {(None, *expected)} of its card, got"
                f" {shape}."
            )
    return rows


def check_output(shape: Sequence[int | None], card: Card) -> None:
    """Raise ConversionError if ``shape``, with its batch, is not that of the card's output."""
    if not is_output(shape[1:], card.output.shape):
        raise ConversionError(converter_task(card.task).output.wrong_shape(shape, card.output))
