"""Runs a finished model in a child process, because an untrusted file may crash it."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Format, LabelOutput
from satchel.inference import open_model
from satchel.selftest import selftest
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.finished_model import FinishedModel, Pinned
from satchel_convert.finished_models.onnx_graph import open_onnx
from satchel_convert.finished_models.tflite import open_tflite
from satchel_convert.isolation import run_isolated
from satchel_convert.model_folder import ModelFolder, Sample, prepare
from satchel_convert.own_models.scores import check_scores, output_step
from satchel_convert.sample_inputs import Inputs
from satchel_convert.statistics import Interval, share_interval
from satchel_convert.tasks.label_output import golden_rounding
from satchel_convert.verification.answers import answers
from satchel_convert.verification.predictions import predict_inputs

SAME = 1e-4
"""How far a probability may move from one run to the next: threads add in another order"""
_OPEN = {"tflite": open_tflite, "onnx": open_onnx}
isolated = functools.partial(run_isolated, preload=(__name__,))
"""Runs a function in a child process that has not imported TensorFlow. Nothing here needs it, and
its import takes seconds."""


class Evaluation(NamedTuple):
    """A model's predictions for labelled samples."""

    samples: Sequence[Sample]
    inputs: Inputs
    predictions: NDArray[np.float32]
    """Probabilities, (samples, labels)"""
    accuracy: float
    """The accuracy, 0 to 1"""
    interval: Interval
    """The confidence interval of the accuracy"""


def open_finished(
    content: bytes, pinned: Pinned, *, format_: Format, deadline_s: float
) -> FinishedModel:
    """Return the facts that a file in that format holds; raises ConversionError."""
    opened: FinishedModel = isolated(_OPEN[format_], (content, pinned), deadline_s=deadline_s)
    return opened


def evaluate(draft: Bundle, samples: Sequence[Sample], *, deadline_s: float) -> Evaluation:
    """Return the predictions of ``draft``'s one model for labelled samples.

    Raises ConversionError if they are not probabilities or the model does not run.
    """
    folder = sample_folder(draft, samples)
    inputs = prepare(folder, [sample.value for sample in samples])
    predictions = predict(draft, inputs, deadline_s=deadline_s)
    truth = folder.truth
    assert truth is not None
    right = int((answers(predictions, draft.card.output) == truth).sum())
    interval = share_interval(right, len(samples))
    return Evaluation(samples, inputs, predictions, right / len(samples), interval)


def predict(draft: Bundle, inputs: Inputs, *, deadline_s: float) -> NDArray[np.float32]:
    """Return the probabilities of prepared inputs, float32 (inputs, labels).

    Raises ConversionError if the outputs are not probabilities, or the model does not run.
    """
    predictions: NDArray[np.float32] = isolated(_predict, (draft, inputs), deadline_s=deadline_s)
    return predictions


def check_again(bundle: Bundle, *, deadline_s: float) -> None:
    """Raise ConversionError if the model does not predict the same a second time."""
    output = bundle.card.output
    assert isinstance(output, LabelOutput)
    most = SAME + golden_rounding(len(output.labels))
    worst = isolated(_worst, (bundle,), deadline_s=deadline_s)
    if worst > most:
        raise ConversionError(
            f"Expected the same predictions a second time from {bundle.card.name!r}, within"
            f" {most:.1g}, got {worst:.3g}: the model is random, or keeps a state between inputs."
        )


def sample_folder(draft: Bundle, samples: Sequence[Sample]) -> ModelFolder:
    """Return a model folder without files, to prepare samples and choose golden ones."""
    files = {name: draft.files[name] for name in draft.card.input.files}
    return ModelFolder(Path(), draft.card, files, [], samples)


def true_labels(samples: Sequence[Sample], output: LabelOutput) -> NDArray[np.bool_]:
    """Return whether each label is true for each sample, bool (samples, labels)."""
    truth = np.zeros((len(samples), len(output.labels)), bool)
    for at, sample in enumerate(samples):
        truth[at, list(sample.labels) if sample.label is None else sample.label] = True
    return truth


def _predict(draft: Bundle, inputs: Inputs) -> NDArray[np.float32]:
    """Return the probabilities of prepared inputs, (inputs, labels); runs in a child process."""
    model = open_model(draft)
    predictions: NDArray[np.float32] = predict_inputs(model, inputs).predictions
    card = draft.card
    assert isinstance(card.output, LabelOutput)
    check_scores(
        predictions, output=card.output, name=card.name, step=output_step(model.entry.output)
    )
    return predictions.clip(0, 1)


def _worst(bundle: Bundle) -> float:
    return max(result.difference for result in selftest(bundle))
