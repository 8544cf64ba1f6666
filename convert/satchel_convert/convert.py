"""A model folder to converted models, in parallel, each in a child process."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from satchel.card import Format
from satchel_convert import jobs
from satchel_convert.errors import ConversionError
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import ModelFolder, prepare
from satchel_convert.reference import Reference, float_answers
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.schemes import CALIBRATED, FORMATS, SCHEMES, Scheme

MAX_CALIBRATION = 500
"""Samples; ranges hardly move beyond a few hundred"""


class Conversion(NamedTuple):
    """One model of the matrix: a file, or why there is none."""

    format: Format
    scheme: Scheme
    model: jobs.Converted | None
    failure: str | None

    @property
    def file(self) -> str:
        """Its name in the bundle."""
        return f"{self.scheme}.{self.format}"


class Conversions(NamedTuple):
    """The matrix, and the float model's answers to the evaluation samples."""

    models: Sequence[Conversion]
    inputs: SampleInputs
    """The evaluation samples, to be prepared"""
    reference: Reference
    """The float model's answers: probabilities, (samples, labels), or pictures"""


def convert(
    folder: ModelFolder,
    *,
    formats: Sequence[Format] = FORMATS,
    schemes: Sequence[Scheme] = SCHEMES,
    deadline_s: float = DEADLINE_S,
    on_done: Callable[[str], None] = lambda _: None,
) -> Conversions:
    """Return every format in every scheme, and the float model's answers to compare them with.

    ``on_done`` is told the name of each finished job. A conversion that fails is an entry with its
    reason; ConversionError is raised where the float model itself cannot be run.
    """
    if not folder.calibration and any(scheme in CALIBRATED for scheme in schemes):
        raise ConversionError(
            "Expected calibration samples for full_int8, got none: add samples/calibration.jsonl,"
            " or --calibration for a model of your own, or leave the scheme out with --schemes."
        )
    samples = folder.calibration[:MAX_CALIBRATION]
    # Without calibrated schemes the array only tells pictures from other inputs.
    calibration = prepare(folder, [sample.value for sample in samples or folder.evaluation[:1]])
    inputs = folder.inputs

    def answer() -> Reference:
        try:
            return float_answers(folder, inputs, deadline_s=deadline_s)
        finally:
            on_done("reference")

    def run(name: str, function: Callable[..., Any], *arguments: object) -> Any:
        try:
            # What another job has yet to make was started earlier, so it will be done.
            made = tuple(each.result() if isinstance(each, Future) else each for each in arguments)
            return run_isolated(function, made, deadline_s=deadline_s)
        finally:
            on_done(name)

    path, card = folder.model_path, folder.card
    matrix = [(format_, scheme) for format_ in formats for scheme in schemes]
    # One thread waits for one child, so there are never more children than cores.
    with ThreadPoolExecutor(cores()) as threads:
        reference = threads.submit(answer)
        if "onnx" in formats:
            export = threads.submit(run, "export to onnx", jobs.float32_onnx, path, card)
        futures = []
        for format_, scheme in matrix:
            name = f"{scheme}.{format_}"
            work: tuple[Any, ...]
            if format_ == "tflite":
                work = (jobs.tflite_model, path, card, folder.vocabulary, scheme, calibration)
            else:
                work = (jobs.onnx_model, export, card, scheme, calibration)
            futures.append(threads.submit(run, name, *work))
        try:
            # First: without it the rest is in vain.
            answers = _answers(reference)
            models = [_outcome(*cell, future) for cell, future in zip(matrix, futures, strict=True)]
            return Conversions(models, inputs, answers)
        except BaseException:
            # An interrupted user, too, waits for nothing that has not begun.
            threads.shutdown(cancel_futures=True)
            raise


def cores() -> int:
    """Return how many processors this process may use."""
    # Those that this process may use, which a container limits, where the system tells.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _answers(reference: "Future[Reference]") -> Reference:
    try:
        return reference.result()
    except ConversionError as error:
        raise ConversionError(f"float model: {error}") from error


def _outcome(format_: Format, scheme: Scheme, future: "Future[jobs.Converted]") -> Conversion:
    try:
        return Conversion(format_, scheme, future.result(), None)
    except ConversionError as error:
        return Conversion(format_, scheme, None, str(error))
