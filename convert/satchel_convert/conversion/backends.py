"""Chooses the best of several conversion backends, by predictions for calibration samples."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, Format
from satchel.engines import open_engine
from satchel.errors import EngineError
from satchel.inference import Model
from satchel_convert.conversion.jobs import Converted
from satchel_convert.model_folder import deployed_card
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import Backend, Scheme

_ENGINES: Mapping[Format, str] = {"tflite": "litert", "onnx": "onnx"}


class Attempt(NamedTuple):
    """The result of one conversion backend."""

    backend: Backend
    model: Converted | None
    failure: str | None
    noise: float | None = None
    """The mean squared error of the predictions; None if backends are not compared"""


def measure(
    attempts: Sequence[Attempt],
    *,
    format_: Format,
    scheme: Scheme,
    card: Card,
    inputs: Inputs,
    expected: NDArray[Any],
) -> list[Attempt]:
    """Return the attempts with their noise, the best one first and failed ones last.

    ``expected`` are the float model's predictions for prepared ``inputs``: probabilities or pixels.
    """
    measured = []
    for each in attempts:
        if each.model is not None:
            try:
                predictions = _predictions(each.model, format_, scheme, card, inputs)
            except EngineError as error:
                each = each._replace(model=None, failure=str(error))
            else:
                each = each._replace(noise=float(np.square(predictions - expected).mean()))
        measured.append(each)
    return sorted(measured, key=lambda each: np.inf if each.noise is None else each.noise)


def _predictions(
    converted: Converted, format_: Format, scheme: Scheme, card: Card, inputs: Inputs
) -> NDArray[np.float64]:
    """Return the model's predictions; raises EngineError if it does not load or run."""
    engine = _ENGINES[format_]
    opened = open_engine(engine, converted.content, threads=1)
    model = Model(converted.entry(format_, scheme), deployed_card(card), opened, engine)
    return model.predict_batch(inputs).astype(np.float64)


def in_words(attempts: Sequence[Attempt]) -> str | None:
    """Return a sentence about the chosen backend and the others; None if there was only one."""
    if len(attempts) < 2 or attempts[0].model is None:
        return None
    best, *others = attempts
    rest = ", ".join(f"{each.backend} {_outcome(each)}" for each in others)
    return f"by {best.backend}, squared error {_outcome(best)} ({rest})"


def _outcome(attempt: Attempt) -> str:
    return "failed" if attempt.noise is None else f"{attempt.noise:.2g}"
