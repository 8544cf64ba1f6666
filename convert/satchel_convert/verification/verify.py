"""Every model of a bundle, through the runtime that ships, against the float model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import (
    Bundle,
    LabelOutput,
    ModelEntry,
    Verified,
    VerifiedLabels,
    VerifiedPictures,
)
from satchel.inference import Model
from satchel.metrics import label_accuracy, psnr_db_of_noise
from satchel_convert.keras_models.reference import Reference
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.verification.answers import (
    OnSamples,
    Panel,
    Spread,
    answer_inputs,
    one_process,
    shard_slices,
)
from satchel_convert.verification.disagreements import Disagreement, worst_disagreements
from satchel_convert.verification.evidence import Evidence, gather
from satchel_convert.verification.failures import label_failures, picture_failures
from satchel_convert.verification.gate import Interval
from satchel_convert.verification.limits import LabelLimits, PictureLimits, TaskLimits
from satchel_convert.verification.tally import (
    LabelTally,
    PictureTally,
    join,
    sqnr_db,
    tally_labels,
    tally_pictures,
)

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
    """Median of one inference, prepared input to answer, of the first shard's samples: in this
    process, while no other works"""
    failures: tuple[str, ...]
    """The limits it exceeds, in words; empty for a model that passes"""
    evidence: Evidence | None = None
    """None for a model that makes pictures"""
    disagreements: Sequence[Disagreement] = ()
    """Some of them, worst first"""
    disagreement_count: int = 0
    """Of all that there are"""


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


def verify(
    bundle: Bundle,
    inputs: SampleInputs,
    *,
    reference: Reference,
    truth: NDArray[np.int64] | None,
    limits: TaskLimits,
    spread: Spread = one_process,
    on_done: OnSamples = lambda *_: None,
) -> Verification:
    """Return how every model of ``bundle`` does on ``inputs``.

    The first shard is answered here and timed, the others by ``spread``; ``on_done`` is told of
    each. What is kept does not grow with the size of an input or an answer.

    ``reference`` is the float model's answers, ``truth`` the index of the right labels (samples,),
    None where the models make pictures. Raises EngineError where no engine here runs a model, and
    what ``spread`` raises.
    """
    panel = Panel(bundle, [entry.file for entry in bundle.card.models])
    slices = shard_slices([inputs])
    first = inputs[slices[0]]
    timed = [answer_inputs(model, first) for model in panel.models]
    latencies_ms = [each.latency_ms for each in timed]
    others = spread([panel], ([inputs.part(positions)] for positions in slices[1:]))
    answers = chain([[each.answers for each in timed]], (each for (each,) in others))
    shards = _beside(reference, slices, answers, len(inputs), on_done)
    if truth is None:
        assert isinstance(limits, PictureLimits)
        return _verify_pictures(panel.models, shards, latencies_ms, len(inputs), limits)
    assert isinstance(limits, LabelLimits)
    assert isinstance(bundle.card.output, LabelOutput)
    labels = bundle.card.output.labels
    return _verify_labels(panel.models, shards, latencies_ms, truth, labels, limits)


class _AnsweredShard(NamedTuple):
    expected: NDArray[Any]
    """The float model's answers"""
    found: Sequence[NDArray[Any]]
    """Each model's"""


def _beside(
    reference: Reference,
    slices: Sequence[slice],
    answers: Iterable[Sequence[NDArray[Any]]],
    total: int,
    on_done: OnSamples,
) -> Iterator[_AnsweredShard]:
    for positions, found in zip(slices, answers, strict=True):
        yield _AnsweredShard(reference[positions], found)
        on_done(positions.stop, total)


def _verify_labels(
    models: Sequence[Model],
    shards: Iterable[_AnsweredShard],
    latencies_ms: Sequence[float],
    truth: NDArray[np.int64],
    labels: Sequence[str],
    limits: LabelLimits,
) -> Verification:
    references: list[LabelTally] = []
    tallies: list[list[LabelTally]] = [[] for _ in models]
    for expected, found in shards:
        references.append(tally_labels(expected, expected))
        for kept, scores in zip(tallies, found, strict=True):
            kept.append(tally_labels(scores, expected))
    reference = join(references)
    findings = []
    for model, kept, latency_ms in zip(models, tallies, latencies_ms, strict=True):
        tally = join(kept)
        evidence = gather(tally, reference, truth, labels=labels, margin=limits.margin_points / 100)
        verified = compare_labels(tally, reference, truth, evidence.verdict.drop)
        failures = label_failures(model.entry.scheme, verified, limits, evidence.verdict)
        findings.append(
            Finding(
                model.entry,
                model.engine_name,
                verified,
                latency_ms,
                failures,
                evidence,
                worst_disagreements(tally, reference, truth, labels),
                int((tally.top != reference.top).sum()),
            )
        )
    return Verification(len(truth), label_accuracy(reference.top, truth), findings)


def _verify_pictures(
    models: Sequence[Model],
    shards: Iterable[_AnsweredShard],
    latencies_ms: Sequence[float],
    samples: int,
    limits: PictureLimits,
) -> Verification:
    examples: list[Example] = []
    tallies: list[list[PictureTally]] = [[] for _ in models]
    for expected, found in shards:
        for kept, pixels in zip(tallies, found, strict=True):
            kept.append(tally_pictures(pixels, expected))
        if not examples:
            names = [FLOAT_MODEL, *(model.entry.file for model in models)]
            examples = [
                # Copied, or the whole shard would be kept.
                Example(name, pictures[:EXAMPLES].copy())
                for name, pictures in zip(names, [expected, *found], strict=True)
            ]
    findings = []
    for model, kept, latency_ms in zip(models, tallies, latencies_ms, strict=True):
        tally = join(kept)
        verified = compare_pictures(tally)
        failures = picture_failures(model.entry.scheme, verified, limits)
        findings.append(Finding(model.entry, model.engine_name, verified, latency_ms, failures))
    return Verification(samples, None, findings, examples)


def compare_labels(
    tally: LabelTally, reference: LabelTally, truth: NDArray[np.int64], drop: Interval
) -> VerifiedLabels:
    """Return how far probabilities are from the float model's."""
    found = label_accuracy(tally.top, truth)
    return VerifiedLabels(
        samples=len(truth),
        accuracy=round(found, 6),
        drop_points=round(100 * (label_accuracy(reference.top, truth) - found), 4),
        agreement=round(float((tally.top == reference.top).mean()), 6),
        largest_difference=float(f"{tally.largest_difference.max():.3g}"),
        sqnr_db=_rounded(sqnr_db(tally)),
        drop_ci95=tuple(round(100 * limit, 4) for limit in drop),
    )


def compare_pictures(tally: PictureTally) -> VerifiedPictures:
    """Return how far pictures are from the float model's."""
    return VerifiedPictures(
        samples=len(tally.mean_square),
        psnr_db=_rounded(psnr_db_of_noise(np.sqrt(tally.mean_square.mean()))),
        worst_psnr_db=_rounded(psnr_db_of_noise(np.sqrt(tally.mean_square.max()))),
        largest_difference=int(tally.largest_difference.max()) / 255,
    )


def _rounded(ratio: float) -> float | None:
    return round(ratio, 2) if np.isfinite(ratio) else None
