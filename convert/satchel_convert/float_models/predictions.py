"""Computes the predictions of the float model, of whatever kind, with which others are compared."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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

_TEXTS = 256
"""The number of texts of which ids are made at once"""


def check_ids(path: Path, ids: NDArray[np.int32], tensors: Sequence[TextTensor]) -> None:
    """Raise ConversionError if the model at ``path`` refuses a text of ``tensors``.

    ``ids`` is the text, int32 (1, length), or (1, tensors, length) for several.
    """
    float_model(path).check_ids(path, ids, tensors)


class OwnIds(NamedTuple):
    """The ids that a model itself makes of texts."""

    ids: NDArray[np.int32]
    """(texts, length): longer ones are cut and shorter ones filled up with 0"""
    differs: NDArray[np.bool_]
    """Whether each text holds what the card's tokenizer is known to read otherwise"""
    differences: str
    """The differences, in words; empty if there are none"""


def own_ids(path: Path, texts: Sequence[str], length: int) -> OwnIds | None:
    """Return the ids that the model at ``path`` itself makes of texts; None without strings."""
    strings = float_model(path).open_strings(path)
    if strings is None:
        return None
    found = np.zeros((len(texts), length), np.int32)
    for start in range(0, len(texts), _TEXTS):
        ids = strings.to_ids(texts[start : start + _TEXTS])[:, :length]
        found[start : start + _TEXTS, : ids.shape[1]] = ids
    differs = np.fromiter(map(strings.differs, texts), np.bool_, len(texts))
    return OwnIds(found, differs, strings.differences)


def reference_predictions(path: Path, card: Card, inputs: Inputs | SampleInputs) -> NDArray[Any]:
    """Return the float model's predictions for prepared inputs.

    They are probabilities, float32 (samples, labels), or images, uint8 (samples, height, width, 3).
    A model that takes strings reads the raw texts of SampleInputs, and not their prepared ids.
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
        return _shaped(author(tensors), card)

    return run


def _reference_batches(
    path: Path, card: Card, inputs: Inputs | SampleInputs
) -> Iterator[NDArray[Any]]:
    task = converter_task(card.task)
    size = task.output.batch_size(reference_tensor(inputs[:1], card).nbytes)
    run = _open_slices(path, card, inputs)
    for start in range(0, len(inputs), size):
        values = run(slice(start, start + size))
        predictions = postprocess(values, card)
        if card.output.labels:
            assert isinstance(card.output, LabelOutput)
            check_scores(predictions, output=card.output, name=card.name)
        yield predictions


def _open_slices(
    path: Path, card: Card, inputs: Inputs | SampleInputs
) -> Callable[[slice], NDArray[np.float32]]:
    """Return a function that runs the inputs of a slice."""
    if isinstance(inputs, SampleInputs):
        strings = float_model(path).open_strings(path)
        if strings is not None:
            run_texts, texts = strings.run, inputs.values
            return lambda part: _shaped(run_texts(texts[part]), card)
    run = open_runner(path, card)
    return lambda part: run(reference_tensor(inputs[part], card))


def _shaped(values: NDArray[np.float32], card: Card) -> NDArray[np.float32]:
    """Return outputs in the shape of the card's; raises ConversionError for other outputs."""
    check_output(values.shape, card)
    return values.reshape(len(values), *card.output.shape)
