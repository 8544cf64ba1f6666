"""The Keras model as it is deployed: pixels or token ids in, probabilities out.

Phones and browsers feed raw pixels in three channels; what else the float model wants (scale,
offset, grey, a softmax) becomes part of the graph, where no application can get it wrong.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.card import Card, ImageInput
from satchel.errors import first_line
from satchel.images import LUMA
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import Inputs, reference_tensor

BATCH = 256
"""Samples at a time through the float model"""


def load_reference(path: Path) -> Any:
    """Return the Keras model at ``path``; code in the file is refused (Keras's safe mode)."""
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        # Keras raises whatever its layers raise.
        reason = first_line(error)
        raise ConversionError(f"Expected a Keras model in {path.name!r}, got: {reason}") from error


def reference_scores(path: Path, card: Card, inputs: Inputs) -> NDArray[np.float32]:
    """Return the float model's probabilities for prepared inputs, float32 (samples, labels)."""
    model = load_reference(path)
    _check_model(model, card)
    batches = [
        np.asarray(model(reference_tensor(inputs[start : start + BATCH], card), training=False))
        for start in range(0, len(inputs), BATCH)
    ]
    return _to_probabilities(np.concatenate(batches), card)


def to_deployable(model: Any, card: Card) -> Any:
    """Return a Keras model around ``model``, batch 1, that takes and gives what a bundle promises.

    Pictures: float32 (1, height, width, 3) from 0 to 255; texts: int32 (1, length) ids. The output
    is float32 (1, labels), probabilities.
    """
    import keras

    _check_model(model, card)
    if isinstance(card.input, ImageInput):
        shape = (1, card.input.height, card.input.width, 3)
        taken = keras.Input(batch_shape=shape, dtype="float32", name="image")
        scores = model(_prepare_pixels(taken, card.input))
    else:
        taken = keras.Input(batch_shape=(1, card.input.length), dtype="int32", name="ids")
        scores = model(taken)
    if card.output.activation == "none":
        scores = keras.layers.Softmax()(scores)
    elif card.output.activation == "sigmoid":
        scores = keras.layers.Concatenate()([1.0 - scores, scores])
    return keras.Model(taken, scores, name=card.name.replace(".", "_").replace("-", "_"))


def _prepare_pixels(pixels: Any, image: ImageInput) -> Any:
    """Return scale, offset and grey as one 1 x 1 convolution.

    It quantizes better than a product and a sum: a scale for each channel, one rounding.
    """
    import keras

    if image.channels == 3 and image.scale == (1.0,) and image.offset == (0.0,):
        return pixels
    scale = np.broadcast_to(np.array(image.scale, np.float32), image.channels)
    offset = np.broadcast_to(np.array(image.offset, np.float32), image.channels)
    if image.channels == 1:
        layer = keras.layers.Conv2D(1, 1, name="grey")
        kernel = np.array(LUMA, np.float32).reshape(1, 1, 3, 1) * scale
    else:
        layer = keras.layers.DepthwiseConv2D(1, name="normalize")
        kernel = scale.reshape(1, 1, 3, 1)
    prepared = layer(pixels)
    layer.set_weights([kernel, offset])
    return prepared


def _check_model(model: Any, card: Card) -> None:
    columns = 1 if card.output.activation == "sigmoid" else len(card.output.labels)
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConversionError(
            "Expected a Keras model with one input and one output,"
            f" got {len(model.inputs)} and {len(model.outputs)}."
        )
    image = card.input
    expected: tuple[int, ...] = (
        (image.height, image.width, image.channels)
        if isinstance(image, ImageInput)
        else (image.length,)
    )
    taken = tuple(model.inputs[0].shape)
    free = len(taken) == 1 + len(expected) and all(
        side in (None, size) for side, size in zip(taken[1:], expected, strict=True)
    )
    if not free:
        raise ConversionError(
            f"Expected model.keras to take {(None, *expected)} as its card says, got {taken}."
        )
    if tuple(model.outputs[0].shape[1:]) != (columns,):
        raise ConversionError(
            f"Expected {columns} outputs for the card's {len(card.output.labels)} labels,"
            f" got the shape {tuple(model.outputs[0].shape)}."
        )


def _to_probabilities(outputs: NDArray[np.float32], card: Card) -> NDArray[np.float32]:
    from satchel.prediction import softmax

    if card.output.activation == "none":
        return softmax(outputs)
    if card.output.activation == "sigmoid":
        return np.concatenate([1 - outputs, outputs], axis=1)
    return outputs
