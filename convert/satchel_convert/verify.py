"""Every model of a bundle, through the runtime that ships, against the float model."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle
from satchel.card import LabelOutput, ModelEntry, Verified, VerifiedLabels, VerifiedPictures
from satchel.model import Model, open_model
from satchel.parity import accuracy, compare, largest_difference, psnr_db
from satchel_convert.evidence import Evidence, gather
from satchel_convert.gate import Interval
from satchel_convert.limits import (
    LabelLimits,
    Limits,
    PictureLimits,
    label_failures,
    picture_failures,
)
from satchel_convert.model_folder import Inputs

EXAMPLES = 4
"""Samples whose pictures a report shows"""
FLOAT_MODEL = "float model"


@dataclass(frozen=True)
class Finding:
    """What verification found of one model."""

    entry: ModelEntry
    engine: str
    verified: Verified
    latency_ms: float
    """Median of one inference, prepared input to answer, on this machine"""
    failures: tuple[str, ...]
    """The limits it exceeds, in words; empty for a model that passes"""
    evidence: Evidence | None = None
    """None for a model that makes pictures"""


class Example(NamedTuple):
    """What one model, or the float model, made of the first samples."""

    name: str
    """The model's file, or FLOAT_MODEL"""
    pictures: NDArray[np.uint8]
    """(at most EXAMPLES, height, width, 3)"""


@dataclass(frozen=True)
class Verification:
    """What verification found of a bundle."""

    samples: int
    reference_accuracy: float | None
    """Of the float model, 0 to 1; None where it makes pictures"""
    findings: Sequence[Finding]
    examples: Sequence[Example] = ()
    """Of models that make pictures: the float model's, then those of each finding"""


class AnsweredInputs(NamedTuple):
    """One model's answers, and how long one took."""

    answers: NDArray[Any]
    """Probabilities, (inputs, labels), or pictures, (inputs, height, width, 3)"""
    latency_ms: float
    """Median, prepared input to answer"""


def verify(
    bundle: Bundle,
    inputs: Inputs,
    *,
    reference: NDArray[Any],
    truth: NDArray[np.int64] | None,
    limits: Limits,
    on_done: Callable[[str], None] = lambda _: None,
) -> Verification:
    """Return how every model of ``bundle`` does on ``inputs``.

    ``reference`` is the float model's answers, ``truth`` the index of the right labels (samples,),
    None where the models make pictures. Raises EngineError where no engine here runs a model.
    """
    findings = []
    examples = [] if truth is not None else [Example(FLOAT_MODEL, reference[:EXAMPLES])]
    for entry in bundle.card.models:
        model = open_model(bundle, file=entry.file)
        answered = answer_inputs(model, inputs)
        if truth is None:
            findings.append(_check_pictures(model, answered, reference, limits))
            examples.append(Example(entry.file, answered.answers[:EXAMPLES]))
        else:
            findings.append(_check_labels(model, answered, reference, truth, limits, bundle))
        on_done(entry.file)
    expected = None if truth is None else accuracy(reference, truth)
    return Verification(len(inputs), expected, findings, examples)


def answer_inputs(model: Model, inputs: Inputs) -> AnsweredInputs:
    """Return the model's answers to ``inputs``, one after another."""
    answers = []
    seconds = []
    for position in range(len(inputs)):
        started = time.perf_counter()
        answers.append(model.answer(inputs[position : position + 1]))
        seconds.append(time.perf_counter() - started)
    return AnsweredInputs(np.stack(answers), float(np.median(seconds)) * 1e3)


def compare_labels(
    scores: NDArray[np.float32],
    reference: NDArray[np.float32],
    truth: NDArray[np.int64],
    drop: Interval,
) -> VerifiedLabels:
    """Return how far probabilities, (samples, labels), are from the float model's."""
    parity = compare(reference, scores)
    found = accuracy(scores, truth)
    return VerifiedLabels(
        samples=len(scores),
        accuracy=round(found, 6),
        drop_points=round(100 * (accuracy(reference, truth) - found), 4),
        agreement=round(parity.agreement, 6),
        largest_difference=float(f"{parity.largest_difference:.3g}"),
        sqnr_db=_rounded(parity.sqnr_db),
        drop_ci95=tuple(round(100 * limit, 4) for limit in drop),
    )


def compare_pictures(pixels: NDArray[np.uint8], reference: NDArray[np.uint8]) -> VerifiedPictures:
    """Return how far pictures, uint8 (samples, height, width, 3), are from the float model's."""
    pairs = list(zip(reference, pixels, strict=True))
    return VerifiedPictures(
        samples=len(pixels),
        psnr_db=_rounded(psnr_db(reference, pixels)),
        worst_psnr_db=_rounded(min(psnr_db(*pair) for pair in pairs)),
        largest_difference=max(largest_difference(*pair) for pair in pairs) / 255,
    )


def _check_labels(
    model: Model,
    answered: AnsweredInputs,
    reference: NDArray[np.float32],
    truth: NDArray[np.int64],
    limits: Limits,
    bundle: Bundle,
) -> Finding:
    assert isinstance(limits, LabelLimits)
    assert isinstance(bundle.card.output, LabelOutput)
    evidence = gather(
        answered.answers,
        reference,
        truth,
        labels=bundle.card.output.labels,
        margin=limits.margin_points / 100,
    )
    found = compare_labels(answered.answers, reference, truth, evidence.verdict.drop)
    failures = label_failures(model.entry.scheme, found, limits, evidence.verdict)
    return Finding(model.entry, model.engine_name, found, answered.latency_ms, failures, evidence)


def _check_pictures(
    model: Model, answered: AnsweredInputs, reference: NDArray[np.uint8], limits: Limits
) -> Finding:
    assert isinstance(limits, PictureLimits)
    found = compare_pictures(answered.answers, reference)
    failures = picture_failures(model.entry.scheme, found, limits)
    return Finding(model.entry, model.engine_name, found, answered.latency_ms, failures)


def _rounded(ratio: float) -> float | None:
    return round(ratio, 2) if np.isfinite(ratio) else None
