"""Converts a model folder to every format and scheme, in parallel child processes."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from satchel.bundle import Format
from satchel.device import usable_cores
from satchel_convert.conversion import jobs
from satchel_convert.conversion.backends import Attempt, in_words, measure
from satchel_convert.errors import ConversionError
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.keras_models.reference import Reference, float_predictions
from satchel_convert.model_folder import ModelFolder, prepare
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.schemes import (
    BACKENDS,
    CALIBRATED,
    COMPARED,
    FORMATS,
    ONLY,
    USUAL,
    Backend,
    Scheme,
)

MAX_CALIBRATION = 500
"""The largest number of calibration samples. With more than a few hundred, the ranges hardly
change."""


class MatrixEntry(NamedTuple):
    """One model of the matrix of formats and schemes: its file, or the reason why there is none."""

    format: Format
    scheme: Scheme
    model: jobs.Converted | None
    failure: str | None
    backend: str | None = None
    """The chosen conversion backend and its results, in words; None if there was only one"""

    @property
    def file(self) -> str:
        """The name of the file in the bundle."""
        return f"{self.scheme}.{self.format}"


class Conversions(NamedTuple):
    """The converted models, and the float model's predictions for the evaluation samples."""

    models: Sequence[MatrixEntry]
    inputs: SampleInputs
    """The evaluation samples, prepared on demand"""
    reference: Reference
    """The float model's predictions: probabilities, (samples, labels), or images"""


def convert(
    folder: ModelFolder,
    *,
    formats: Sequence[Format] = FORMATS,
    schemes: Sequence[Scheme] = USUAL,
    deadline_s: float = DEADLINE_S,
    on_done: Callable[[str], None] = lambda _: None,
) -> Conversions:
    """Return every format in every scheme, and the float model's predictions to compare with.

    ``on_done`` receives the name of each finished job. A conversion that fails becomes an entry
    with its reason. Raises ConversionError if the float model itself does not run.
    """
    _check_calibration(folder, schemes)

    def prediction() -> Reference:
        try:
            return float_predictions(folder, folder.inputs, deadline_s=deadline_s)
        finally:
            on_done("reference")

    # One thread waits for one child, so there are never more children than cores.
    with ThreadPoolExecutor(usable_cores()) as threads:
        reference = threads.submit(prediction)
        try:
            finish = _begin(threads, folder, formats, schemes, deadline_s, on_done)
            # Checked first: without the float model's predictions the rest is useless.
            reference_predictions = _predictions(reference)
            return Conversions(finish(), folder.inputs, reference_predictions)
        except BaseException:
            # Also after Ctrl-C: do not start the jobs that have not begun.
            threads.shutdown(cancel_futures=True)
            raise


def convert_models(
    folder: ModelFolder,
    *,
    formats: Sequence[Format],
    schemes: Sequence[Scheme],
    deadline_s: float = DEADLINE_S,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[MatrixEntry]:
    """Return the converted models alone, without the float model's predictions."""
    _check_calibration(folder, schemes)
    with ThreadPoolExecutor(usable_cores()) as threads:
        try:
            return _begin(threads, folder, formats, schemes, deadline_s, on_done)()
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def _begin(
    threads: ThreadPoolExecutor,
    folder: ModelFolder,
    formats: Sequence[Format],
    schemes: Sequence[Scheme],
    deadline_s: float,
    on_done: Callable[[str], None],
) -> Callable[[], list[MatrixEntry]]:
    """Start every job; return a function that waits for them and chooses the best backends."""
    samples = folder.calibration[:MAX_CALIBRATION]
    # Schemes without calibration use this array only to tell images from other inputs.
    calibration = prepare(folder, [sample.value for sample in samples or folder.evaluation[:1]])

    def run(name: str, function: Callable[..., Any], *arguments: object) -> Any:
        try:
            # A job that another one waits for was submitted earlier, so it will finish.
            made = tuple(each.result() if isinstance(each, Future) else each for each in arguments)
            return run_isolated(function, made, deadline_s=deadline_s)
        finally:
            on_done(name)

    path, card, files = folder.model_path, folder.card, folder.files
    matrix = [(format_, scheme) for format_ in formats for scheme in schemes]
    if "onnx" in formats:
        export = threads.submit(run, "export to onnx", jobs.float32_onnx, path, card)
    if any(len(BACKENDS.get(cell, ONLY)) > 1 for cell in matrix):
        compared = calibration[:COMPARED]
        predictions = (jobs.reference_predictions, path, card, compared)
        expected = threads.submit(run, "predictions to compare with", *predictions)
    futures = {}
    for format_, scheme in matrix:
        for backend in BACKENDS.get((format_, scheme), ONLY):
            work: tuple[Any, ...]
            if format_ == "tflite":
                work = (jobs.tflite_model, path, card, files, scheme, backend, calibration)
            else:
                work = (jobs.onnx_model, export, card, scheme, backend, calibration)
            name = f"{scheme}.{format_}"
            futures[format_, scheme, backend] = threads.submit(run, name, *work)

    def finish() -> list[MatrixEntry]:
        models = []
        for format_, scheme in matrix:
            attempts = [
                _attempt(backend, futures[format_, scheme, backend])
                for backend in BACKENDS.get((format_, scheme), ONLY)
            ]
            if len(attempts) > 1:
                attempts = measure(
                    attempts,
                    format_=format_,
                    scheme=scheme,
                    card=card,
                    inputs=compared,
                    expected=expected.result(),
                )
            best = attempts[0]
            words = in_words(attempts)
            models.append(MatrixEntry(format_, scheme, best.model, best.failure, words))
        return models

    return finish


def _check_calibration(folder: ModelFolder, schemes: Sequence[Scheme]) -> None:
    if not folder.calibration and any(scheme in CALIBRATED for scheme in schemes):
        needy = ", ".join(scheme for scheme in schemes if scheme in CALIBRATED)
        raise ConversionError(
            f"Expected calibration samples for {needy}, got none: add samples/calibration.jsonl,"
            " or --calibration for a model of your own, or leave the scheme out with --schemes."
        )


def _predictions(reference: "Future[Reference]") -> Reference:
    try:
        return reference.result()
    except ConversionError as error:
        raise ConversionError(f"float model: {error}") from error


def _attempt(backend: Backend, future: "Future[jobs.Converted]") -> Attempt:
    try:
        return Attempt(backend, future.result(), None)
    except ConversionError as error:
        return Attempt(backend, None, str(error))


def count_jobs(formats: Sequence[Format], schemes: Sequence[Scheme]) -> int:
    """Return the number of jobs that ``convert`` reports as finished."""
    cells = [(format_, scheme) for format_ in formats for scheme in schemes]
    backends = [len(BACKENDS.get(cell, ONLY)) for cell in cells]
    return 1 + sum(backends) + ("onnx" in formats) + any(count > 1 for count in backends)
