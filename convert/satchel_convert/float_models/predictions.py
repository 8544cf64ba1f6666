"""Computes the predictions of the float model, of whatever kind, with which others are compared."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, LabelOutput, TextTensor
from satchel.inference import postprocess
from satchel_convert.float_models.kinds import float_model
from satchel_convert.keras_models.deployable import check_output
from satchel_convert.model_folder import reference_tensor
from satchel_convert.own_models.scores import check_scores
from satchel_convert.sample_inputs import Inputs, SampleInputs
from satchel_convert.task import converter_task


def check_ids(path: Path, ids: NDArray[np.int32], tensors: Sequence[TextTensor]) -> None:
    """Raise ConversionError if the model at ``path`` refuses a text of ``tensors``.

    ``ids`` is the text, int32 (1, length), or (1, tensors, length) for several.
    """
    float_model(path).check_ids(path, ids, tensors)


def reference_predictions(path: Path, card: Card, inputs: Inputs | SampleInputs) -> NDArray[Any]:
    """Return the float model's predictions for prepared inputs.

    They are probabilities, float32 (samples, labels), or images, uint8 (samples, height, width, 3).
    """
    return np.concatenate(list(_reference_batches(path, card, inputs)))


def store_reference_predictions(
    path: Path, card: Card, inputs: Inputs | SampleInputs, target: Path
) -> None:
    """Write the float model's predictions to the .npy file ``target``, one batch at a time."""
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


def raw_outputs(
    path: Path, card: Card, inputs: Inputs | SampleInputs, count: int
) -> NDArray[np.float32]:
    """Return the outputs of the float model as they are, float32 (samples, count).

    The output of ``card`` is not read: it is what these numbers are to decide.
    """
    run = float_model(path).open_runner(path, card)
    outputs = [
        run(reference_tensor(inputs[at : at + 1], card)).reshape(1, count)
        for at in range(len(inputs))
    ]
    return np.concatenate(outputs).astype(np.float32)


def open_runner(path: Path, card: Card) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Return a function from input tensors, (n, ...), to the float model's outputs for them.

    Raises ConversionError for a model whose input or output is not the card's, as the function
    does.
    """
    author = float_model(path).open_runner(path, card)

    def run(tensors: NDArray[Any]) -> NDArray[np.float32]:
        values = author(tensors)
        check_output(values.shape, card)
        shaped: NDArray[np.float32] = values.reshape(len(tensors), *card.output.shape)
        return shaped

    return run


def _reference_batches(
    path: Path, card: Card, inputs: Inputs | SampleInputs
) -> Iterator[NDArray[Any]]:
    run = open_runner(path, card)
    task = converter_task(card.task)
    size = task.output.batch_size(reference_tensor(inputs[:1], card).nbytes)
    for start in range(0, len(inputs), size):
        values = run(reference_tensor(inputs[start : start + size], card))
        predictions = postprocess(values, card)
        if card.output.labels:
            assert isinstance(card.output, LabelOutput)
            check_scores(predictions, output=card.output, name=card.name)
        yield predictions
