"""Every model of a bundle, through the runtime that ships, against the float model."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle
from satchel.card import Card, ImageInput, ModelEntry, Verified
from satchel.images import to_tensor
from satchel.model import Model, open_model
from satchel.parity import accuracy, compare
from satchel_convert.model_folder import Inputs


@dataclass(frozen=True)
class Limits:
    """What a model may differ from the float model."""

    float32_difference: float = 1e-4
    """Of any one probability: as Keras tests its own exports"""
    float16_difference: float = 1e-2
    """Of any one probability: ten bits of mantissa through a few layers"""
    int8_agreement: float = 0.98
    """Share of samples with the same top label"""
    int8_drop_points: float = 1.0
    """Percentage points of accuracy"""


@dataclass(frozen=True)
class Finding:
    """What verification found of one model."""

    entry: ModelEntry
    engine: str
    verified: Verified
    latency_ms: float
    """Median of one inference, prepared tensor to probabilities, on this machine"""
    failures: tuple[str, ...]
    """The limits it exceeds, in words; empty for a model that passes"""


@dataclass(frozen=True)
class Verification:
    """What verification found of a bundle."""

    samples: int
    reference_accuracy: float
    """Of the float model, 0 to 1"""
    findings: Sequence[Finding]


class ScoredInputs(NamedTuple):
    """One model's answers, and how long one took."""

    scores: NDArray[np.float32]
    """Probabilities, (inputs, labels)"""
    latency_ms: float
    """Median, prepared tensor to probabilities"""


def verify(
    bundle: Bundle,
    inputs: Inputs,
    *,
    reference: NDArray[np.float32],
    truth: NDArray[np.int64],
    limits: Limits,
    on_done: Callable[[str], None] = lambda _: None,
) -> Verification:
    """Return how every model of ``bundle`` does on ``inputs``.

    ``reference`` is the float model's probabilities (samples, labels), ``truth`` the index of the
    right labels (samples,). Raises EngineError where no engine here runs a model.
    """
    findings = []
    expected = accuracy(reference, truth)
    for entry in bundle.card.models:
        model = open_model(bundle, file=entry.file)
        scores, latency_ms = score_inputs(model, bundle.card, inputs)
        verified = _compare(scores, reference, truth, expected)
        failures = _failures(entry.scheme, verified, limits)
        findings.append(Finding(entry, model.engine_name, verified, latency_ms, failures))
        on_done(entry.file)
    return Verification(len(inputs), expected, findings)


def score_inputs(model: Model, card: Card, inputs: Inputs) -> ScoredInputs:
    """Return the model's probabilities for ``inputs``, one after another."""
    scores = []
    seconds = []
    for position in range(len(inputs)):
        prepared = inputs[position : position + 1]
        if isinstance(card.input, ImageInput):
            prepared = to_tensor(prepared, card.input, model.entry.input)
        started = time.perf_counter()
        scores.append(model.scores(prepared))
        seconds.append(time.perf_counter() - started)
    return ScoredInputs(np.stack(scores), float(np.median(seconds)) * 1e3)


def _compare(
    scores: NDArray[np.float32],
    reference: NDArray[np.float32],
    truth: NDArray[np.int64],
    expected: float,
) -> Verified:
    parity = compare(reference, scores)
    found = accuracy(scores, truth)
    return Verified(
        samples=len(scores),
        accuracy=round(found, 6),
        drop_points=round(100 * (expected - found), 4),
        agreement=round(parity.agreement, 6),
        largest_difference=float(f"{parity.largest_difference:.3g}"),
        sqnr_db=round(parity.sqnr_db, 2) if np.isfinite(parity.sqnr_db) else None,
    )


def _failures(scheme: str, verified: Verified, limits: Limits) -> tuple[str, ...]:
    largest = {
        "float32": limits.float32_difference,
        "float16": limits.float16_difference,
    }.get(scheme)
    failures = []
    if largest is not None:
        if verified.largest_difference > largest:
            failures.append(
                f"a probability differs by {verified.largest_difference:g}, more than {largest:g}"
            )
        return tuple(failures)
    if verified.agreement < limits.int8_agreement:
        failures.append(f"agreement {verified.agreement:.2%} is below {limits.int8_agreement:.2%}")
    if verified.drop_points > limits.int8_drop_points:
        failures.append(
            f"accuracy drops {verified.drop_points:.2f} pp, more than {limits.int8_drop_points:g}"
        )
    return tuple(failures)
