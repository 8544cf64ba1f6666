"""What a finished model says, asked in a child process: a untrusted file may end one."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Format
from satchel.inference import open_model
from satchel.selftest import selftest
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.finished_model import FinishedModel
from satchel_convert.finished_models.onnx_graph import open_onnx
from satchel_convert.finished_models.tflite import open_tflite
from satchel_convert.isolation import run_isolated
from satchel_convert.model_folder import ModelFolder, Sample, prepare
from satchel_convert.sample_inputs import Inputs
from satchel_convert.verification.non_inferiority import Interval, share_interval
from satchel_convert.verification.predictions import predict_inputs

ROUNDING = 1e-3
"""A probability may be that far outside of 0 to 1: float kernels do not end in exactly 1"""
SAME = 1e-4
"""A probability may move by that from one time to the next: threads add in another order"""
_OPEN = {"tflite": open_tflite, "onnx": open_onnx}
isolated = functools.partial(run_isolated, preload=(__name__,))
"""In a child that has not imported TensorFlow: nothing here needs it, and it takes seconds"""


class Evaluation(NamedTuple):
    """What a model says of labelled images."""

    samples: Sequence[Sample]
    inputs: Inputs
    predictions: NDArray[np.float32]
    """Probabilities, (samples, labels)"""
    accuracy: float
    """0 to 1"""
    interval: Interval
    """Where the accuracy lies"""


def open_finished(content: bytes, *, format_: Format, deadline_s: float) -> FinishedModel:
    """Return what a file in that format says of itself; raises ConversionError."""
    opened: FinishedModel = isolated(_OPEN[format_], (content,), deadline_s=deadline_s)
    return opened


def evaluate(draft: Bundle, samples: Sequence[Sample], *, deadline_s: float) -> Evaluation:
    """Return what the one model of ``draft`` says of labelled images; raises ConversionError."""
    folder = sample_folder(draft, samples)
    inputs = prepare(folder, [sample.value for sample in samples])
    predictions = ask(draft, inputs, deadline_s=deadline_s)
    truth = folder.truth
    assert truth is not None
    right = int((predictions.argmax(axis=1) == truth).sum())
    interval = share_interval(right, len(samples))
    return Evaluation(samples, inputs, predictions, right / len(samples), interval)


def ask(draft: Bundle, inputs: Inputs, *, deadline_s: float) -> NDArray[np.float32]:
    """Return the probabilities of prepared inputs, float32 (inputs, labels).

    Raises ConversionError where they are none.
    """
    predictions: NDArray[np.float32] = isolated(_answer, (draft, inputs), deadline_s=deadline_s)
    return predictions


def check_again(bundle: Bundle, *, deadline_s: float) -> None:
    """Raise ConversionError where the model does not say the same another time."""
    worst = isolated(_worst, (bundle,), deadline_s=deadline_s)
    if worst > SAME:
        raise ConversionError(
            f"Expected the same answers another time from {bundle.card.name!r}, within"
            f" {SAME:g}, got {worst:.3g}: it is random, or keeps what it was told before."
        )


def sample_folder(draft: Bundle, samples: Sequence[Sample]) -> ModelFolder:
    """Return what raw samples are prepared, and golden ones chosen, by."""
    return ModelFolder(Path(), draft.card, {}, [], samples)


def _answer(draft: Bundle, inputs: Inputs) -> NDArray[np.float32]:
    """Return the probabilities of prepared inputs, (inputs, labels): in a child process."""
    predictions: NDArray[np.float32] = predict_inputs(open_model(draft), inputs).predictions
    low, high = float(predictions.min()), float(predictions.max())
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise ConversionError(
            f"Expected probabilities from {draft.card.name!r}, got {low:.3g} to {high:.3g}: if it"
            " puts out scores of another kind, say --activation none."
        )
    return predictions.clip(0, 1)


def _worst(bundle: Bundle) -> float:
    return max(result.difference for result in selftest(bundle))
