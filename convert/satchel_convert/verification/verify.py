"""Compares every model of a bundle, run by the runtime that users have, with the float model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, ModelEntry, Output, Verified
from satchel.inference import Model
from satchel_convert.keras_models.reference import Reference
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.task import Judged, OutputFunctions, TaskLimits, converter_task
from satchel_convert.verification.disagreements import Disagreement
from satchel_convert.verification.failures import is_undecided
from satchel_convert.verification.paired_test import PairedTest
from satchel_convert.verification.predictions import (
    Executor,
    ModelSet,
    OnSamples,
    one_process,
    predict_inputs,
    shard_slices,
)
from satchel_convert.verification.sample_statistics import join

EXAMPLES = 4
"""The number of samples whose images a report shows"""
FLOAT_MODEL = "float model"


@dataclass(frozen=True)
class Finding:
    """The result of verifying one model."""

    entry: ModelEntry
    engine: str
    verified: Verified
    latency_ms: float
    """The median time of one inference in milliseconds, from prepared input to prediction. It is
    measured on the first shard in this process, while no other process works."""
    failures: tuple[str, ...]
    """The limits that the model exceeds, in words; empty for a model that passes"""
    paired_test: PairedTest | None = None
    """None for a model that makes images"""
    disagreements: Sequence[Disagreement] = ()
    """The worst disagreements with the float model, the worst first"""
    disagreement_count: int = 0
    """The number of all disagreements"""

    @property
    def undecided(self) -> bool:
        """Whether the model is within its limits, but the samples are too few to be sure."""
        return is_undecided(self.entry.scheme, self.failures, self.paired_test)


class Example(NamedTuple):
    """The images that one model, or the float model, made of the first samples."""

    name: str
    """The model's file, or FLOAT_MODEL"""
    images: NDArray[np.uint8]
    """At most EXAMPLES images, (images, height, width, 3)"""


@dataclass(frozen=True)
class Verification:
    """The results of verifying a bundle."""

    task: str
    samples: int
    reference_accuracy: float | None
    """The accuracy of the float model, 0 to 1; None if it makes images"""
    findings: Sequence[Finding]
    examples: Sequence[Example] = ()
    """The example images of the float model, then those of each finding; none for labels"""


def verify(
    bundle: Bundle,
    inputs: SampleInputs,
    *,
    reference: Reference,
    truth: NDArray[np.int64] | None,
    limits: TaskLimits,
    executor: Executor = one_process,
    on_done: OnSamples = lambda *_: None,
) -> Verification:
    """Return the results of every model of ``bundle`` on ``inputs``.

    The first shard is run and timed here, the others by ``executor``; ``on_done`` is called after
    each shard. The kept statistics do not grow with the size of an input or a prediction.

    ``reference`` are the float model's predictions and ``truth`` the indexes of the true labels,
    (samples,), None if the models make images. Raises EngineError if no engine here runs a model,
    and the exceptions of ``executor``.
    """
    model_set = ModelSet(bundle, [entry.file for entry in bundle.card.models])
    slices = shard_slices([inputs])
    first = inputs[slices[0]]
    timed = [predict_inputs(model, first) for model in model_set.models]
    latencies_ms = [each.latency_ms for each in timed]
    others = executor([model_set], ([inputs.part(positions)] for positions in slices[1:]))
    predictions = chain([[each.predictions for each in timed]], (each for (each,) in others))
    shards = _beside(reference, slices, predictions, len(inputs), on_done)
    output = converter_task(bundle.card.task).output
    gathered = _gather(model_set.models, shards, output, bundle.card.output)
    findings = []
    for model, statistics, latency_ms in zip(
        model_set.models, gathered.models, latencies_ms, strict=True
    ):
        judged = output.non_inferiority(
            statistics,
            gathered.reference,
            truth,
            output_spec=bundle.card.output,
            scheme=model.entry.scheme,
            limits=limits,
        )
        findings.append(_finding(model, judged, latency_ms))
    accuracy = output.reference_accuracy(gathered.reference, truth)
    return Verification(bundle.card.task, len(inputs), accuracy, findings, gathered.examples)


class _PredictedShard(NamedTuple):
    expected: NDArray[Any]
    """The float model's predictions"""
    found: Sequence[NDArray[Any]]
    """The predictions of each model"""


def _beside(
    reference: Reference,
    slices: Sequence[slice],
    predictions: Iterable[Sequence[NDArray[Any]]],
    total: int,
    on_done: OnSamples,
) -> Iterator[_PredictedShard]:
    for positions, found in zip(slices, predictions, strict=True):
        yield _PredictedShard(reference[positions], found)
        on_done(positions.stop, total)


class _Gathered(NamedTuple):
    """The statistics of all samples."""

    models: Sequence[Any]
    """The statistics of each model, as a NamedTuple of the task"""
    reference: Any
    """The statistics of the float model; None if no figure needs them"""
    examples: Sequence[Example]


def _gather(
    models: Sequence[Model],
    shards: Iterable[_PredictedShard],
    output: OutputFunctions,
    output_spec: Output,
) -> _Gathered:
    """Return the statistics and examples of all shards; no shard itself stays in memory."""
    references: list[Any] = []
    statistics: list[list[Any]] = [[] for _ in models]
    examples: list[Example] = []
    for expected, found in shards:
        references.append(output.reference_statistics(expected, output_spec))
        for kept, predictions in zip(statistics, found, strict=True):
            kept.append(output.statistics(predictions, expected, output_spec))
        if output.HAS_EXAMPLES and not examples:
            names = [FLOAT_MODEL, *(model.entry.file for model in models)]
            examples = [
                # Copied, because a view would keep the whole shard in memory.
                Example(name, images[:EXAMPLES].copy())
                for name, images in zip(names, [expected, *found], strict=True)
            ]
    return _Gathered([join(kept) for kept in statistics], join(references), examples)


def _finding(model: Model, judged: Judged, latency_ms: float) -> Finding:
    return Finding(
        model.entry,
        model.engine_name,
        judged.verified,
        latency_ms,
        judged.failures,
        judged.paired_test,
        judged.disagreements,
        judged.disagreement_count,
    )
