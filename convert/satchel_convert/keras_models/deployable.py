"""The Keras model as it is deployed: pixels, token ids or a latent in, probabilities or pixels out.

Phones and browsers feed and show raw pixels in three channels; what else the float model wants or
lacks (scale, offset, grey, a softmax) becomes part of the graph, where no application can get it
wrong.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, ImageInput, ImageOutput, Output, TextInput
from satchel.inference import read_answer
from satchel.preprocessing import LUMA
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.float_model import load_reference, only_output
from satchel_convert.model_folder import reference_tensor
from satchel_convert.sample_inputs import Inputs, SampleInputs

BATCH = 256
"""Samples at a time through the float model"""
BATCH_BYTES = 16 << 20
"""Of its input: what a convolution puts out may be twenty times as large"""
PICTURES_BATCH = 8
"""The same for models that make pictures, which hold many of a picture's size on the way"""


def reference_answers(path: Path, card: Card, inputs: Inputs | SampleInputs) -> NDArray[Any]:
    """Return the float model's answers to prepared inputs.

    Probabilities, float32 (samples, labels), or pictures, uint8 (samples, height, width, 3).
    """
    return np.concatenate(list(_reference_batches(path, card, inputs)))


def store_reference_answers(
    path: Path, card: Card, inputs: Inputs | SampleInputs, target: Path
) -> None:
    """Write what ``reference_answers`` returns to the .npy file ``target``, a batch at a time."""
    with target.open("wb") as file:
        for batch in _reference_batches(path, card, inputs):
            if not file.tell():
                header = {
                    "descr": np.lib.format.dtype_to_descr(batch.dtype),
                    "fortran_order": False,
                    "shape": (len(inputs), *batch.shape[1:]),
                }
                np.lib.format.write_array_header_1_0(file, header)
            file.write(batch.tobytes())


def _reference_batches(
    path: Path, card: Card, inputs: Inputs | SampleInputs
) -> Iterator[NDArray[Any]]:
    model = load_reference(path)
    _check_model(model, card)
    only_one = model.inputs[0].shape[0] == 1
    size = 1 if only_one else _batch_size(reference_tensor(inputs[:1], card), card)
    for start in range(0, len(inputs), size):
        tensor = reference_tensor(inputs[start : start + size], card)
        values = np.asarray(only_output(model(tensor, training=False)))
        _check_shape(values.shape, card)
        yield read_answer(values, card.output)


def _batch_size(tensor: NDArray[Any], card: Card) -> int:
    if isinstance(card.output, ImageOutput):
        return PICTURES_BATCH
    return max(1, min(BATCH, BATCH_BYTES // tensor.nbytes))


def to_deployable(model: Any, card: Card) -> Any:
    """Return a Keras model around ``model``, batch 1, that takes and gives what a bundle promises.

    In goes a picture, float32 (1, height, width, 3) from 0 to 255, a text, int32 (1, length) ids,
    or a latent, float32 (1, length); out come probabilities, float32 (1, labels), or a picture.
    """
    import keras

    _check_model(model, card)
    taken = card.input
    if isinstance(taken, ImageInput):
        shape = (1, taken.height, taken.width, 3)
        tensor = keras.Input(batch_shape=shape, dtype="float32", name="image")
        values = only_output(model(_prepare_pixels(tensor, taken)))
    else:
        name, dtype = ("ids", "int32") if isinstance(taken, TextInput) else ("latent", "float32")
        tensor = keras.Input(batch_shape=(1, taken.length), dtype=dtype, name=name)
        values = only_output(model(tensor))
    _check_shape(values.shape, card)
    name = card.name.replace(".", "_").replace("-", "_")
    return keras.Model(tensor, _finish(values, card.output), name=name)


def _finish(values: Any, given: Output) -> Any:
    """Return probabilities or pixels, what the model does not put out itself being added."""
    import keras

    if isinstance(given, ImageOutput):
        return _finish_pixels(values, given)
    if given.activation == "none":
        return keras.layers.Softmax()(values)
    if given.activation == "sigmoid":
        return keras.layers.Concatenate()([1.0 - values, values])
    return values


def _finish_pixels(values: Any, given: ImageOutput) -> Any:
    """Return scale, offset and three equal channels as one 1 x 1 convolution.

    It is there though it should change nothing: ``put_out_pixels`` needs a last layer whose output
    may have any scale.
    """
    import keras

    scale = np.broadcast_to(np.array(given.scale, np.float32), 3)
    offset = np.broadcast_to(np.array(given.offset, np.float32), 3)
    if given.channels == 1:
        layer, kernel = keras.layers.Conv2D(3, 1, name="pixels"), scale.reshape(1, 1, 1, 3)
    else:
        layer, kernel = keras.layers.DepthwiseConv2D(1, name="pixels"), scale.reshape(1, 1, 3, 1)
    pixels = layer(values)
    layer.set_weights([kernel, offset])
    return pixels


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
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConversionError(
            "Expected a Keras model with one input and one output,"
            f" got {len(model.inputs)} and {len(model.outputs)}."
        )
    taken = card.input
    expected: tuple[int, ...] = (
        (taken.height, taken.width, taken.channels)
        if isinstance(taken, ImageInput)
        else (taken.length,)
    )
    shape = tuple(model.inputs[0].shape)
    if not _fits(shape, expected):
        raise ConversionError(
            f"Expected model.keras to take {(None, *expected)} as its card says, got {shape}."
        )
    _check_shape(model.outputs[0].shape, card)


def _check_shape(shape: Sequence[int | None], card: Card) -> None:
    """Raise ConversionError where an output of ``shape`` is not what the card says."""
    given = card.output
    if _fits(shape, given.shape):
        return
    if isinstance(given, ImageOutput):
        raise ConversionError(
            f"Expected model.keras to put out {(None, *given.shape)} as its card says,"
            f" got {tuple(shape)}."
        )
    raise ConversionError(
        f"Expected {given.shape[0]} outputs for the card's {len(given.labels)} labels,"
        f" got the shape {tuple(shape)}."
    )


def _fits(shape: Sequence[int | None], expected: tuple[int, ...]) -> bool:
    """Return whether a batch of ``expected`` may have that ``shape``, in which None is any size."""
    return len(shape) == 1 + len(expected) and all(
        side in (None, size) for side, size in zip(shape[1:], expected, strict=True)
    )
