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
from satchel_convert.keras_models.plain_model import with_float_input
from satchel_convert.task import converter_task


def open_runner(path: Path, card: Card) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Return a function from input tensors of the card, (n, ...), to the model's own outputs.

    Raises ConversionError for a model whose input is not the card's.
    """
    model = load_reference(path)
    _check_input(model, card)
    only_one = model.inputs[0].shape[0] == 1
    shape = tuple(model.inputs[0].shape[1:])

    def run(tensors: NDArray[Any]) -> NDArray[np.float32]:
        tensors = to_author(tensors, shape)
        batches = np.split(tensors, len(tensors)) if only_one else [tensors]
        return np.concatenate(
            [np.asarray(only_output(model(batch, training=False))) for batch in batches]
        )

    return run


def to_deployable(model: Any, card: Card) -> Any:
    """Return a Keras model around ``model`` with a bundle's input and output, for a batch of 1.

    The input is an image, float32 (1, height, width, 3) from 0 to 255, the ids of a text, int32
    (1, length), or a latent, float32 (1, length). The output is probabilities, float32 (1, labels),
    or an image.
    """
    import keras

    _check_input(model, card)
    check_output(model.outputs[0].shape, card)
    task = converter_task(card.task)
    tensor, prepared = task.input.open_keras(card.input)
    if task.input.DTYPE != "int32":
        model = with_float_input(model)
    # Stated here, because an export to ONNX traces the graph without it.
    values = only_output(model(author_tensor(prepared, model.inputs[0].shape[1:]), training=False))
    check_output(values.shape, card)
    values = card_tensor(values, card.output.shape)
    name = card.name.replace(".", "_").replace("-", "_")
    return keras.Model(tensor, task.output.finish(values, card.output), name=name)


def _check_input(model: Any, card: Card) -> None:
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConversionError(
            "Expected a Keras model with one input and one output,"
            f" got {len(model.inputs)} and {len(model.outputs)}."
        )
    expected = card.input.shape
    shape = tuple(model.inputs[0].shape)
    if not fits(shape[1:], expected):
        raise ConversionError(
            f"Expected model.keras to have the input {(None, *expected)} of its card, got {shape}."
        )


def check_output(shape: Sequence[int | None], card: Card) -> None:
    """Raise ConversionError if ``shape``, with its batch, is not that of the card's output."""
    if not is_output(shape[1:], card.output.shape):
        raise ConversionError(converter_task(card.task).output.wrong_shape(shape, card.output))
