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

from satchel.bundle import Card
from satchel.inference import postprocess
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.float_model import load_reference, only_output
from satchel_convert.model_folder import reference_tensor
from satchel_convert.sample_inputs import Inputs, SampleInputs
from satchel_convert.task import converter_task


def reference_predictions(path: Path, card: Card, inputs: Inputs | SampleInputs) -> NDArray[Any]:
    """Return the float model's answers to prepared inputs.

    Probabilities, float32 (samples, labels), or images, uint8 (samples, height, width, 3).
    """
    return np.concatenate(list(_reference_batches(path, card, inputs)))


def store_reference_predictions(
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
    task = converter_task(card.task)
    only_one = model.inputs[0].shape[0] == 1
    size = 1 if only_one else task.output.batch_size(reference_tensor(inputs[:1], card).nbytes)
    for start in range(0, len(inputs), size):
        tensor = reference_tensor(inputs[start : start + size], card)
        values = np.asarray(only_output(model(tensor, training=False)))
        _check_shape(values.shape, card)
        yield postprocess(values, card)


def to_deployable(model: Any, card: Card) -> Any:
    """Return a Keras model around ``model``, batch 1, that takes and gives what a bundle promises.

    In goes an image, float32 (1, height, width, 3) from 0 to 255, a text, int32 (1, length) ids,
    or a latent, float32 (1, length); out come probabilities, float32 (1, labels), or an image.
    """
    import keras

    _check_model(model, card)
    task = converter_task(card.task)
    tensor, prepared = task.input.open_keras(card.input)
    values = only_output(model(prepared))
    _check_shape(values.shape, card)
    name = card.name.replace(".", "_").replace("-", "_")
    return keras.Model(tensor, task.output.finish(values, card.output), name=name)


def _check_model(model: Any, card: Card) -> None:
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConversionError(
            "Expected a Keras model with one input and one output,"
            f" got {len(model.inputs)} and {len(model.outputs)}."
        )
    expected = card.input.shape
    shape = tuple(model.inputs[0].shape)
    if not _fits(shape, expected):
        raise ConversionError(
            f"Expected model.keras to take {(None, *expected)} as its card says, got {shape}."
        )
    _check_shape(model.outputs[0].shape, card)


def _check_shape(shape: Sequence[int | None], card: Card) -> None:
    """Raise ConversionError where an output of ``shape`` is not what the card says."""
    if not _fits(shape, card.output.shape):
        raise ConversionError(converter_task(card.task).output.wrong_shape(shape, card.output))


def _fits(shape: Sequence[int | None], expected: tuple[int, ...]) -> bool:
    """Return whether a batch of ``expected`` may have that ``shape``, in which None is any size."""
    return len(shape) == 1 + len(expected) and all(
        side in (None, size) for side, size in zip(shape[1:], expected, strict=True)
    )
