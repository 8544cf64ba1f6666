"""Compares every model of a bundle, run by the runtime that users have, with the float model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, ModelEntry, Verified
from satchel.inference import Model
from satchel_convert.keras_models.reference import Reference
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.task import Judged, TaskLimits, converter_task
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
from satchel_convert.verification.stopping import (
    FEWEST_SAMPLES,
    Candidate,
    Stopped,
    candidates,
    dominated,
)

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
    stopped: Stopped | None = None
    """Why the model did not run on all samples; None if it did. The other figures of a stopped
    model are those of its first samples."""

    @property
    def passed(self) -> bool:
        """Whether the model is within its limits on all samples."""
        return not self.failures and self.stopped is None

    @property
    def undecided(self) -> bool:
        """Whether the model passed, but the samples are too few to be sure."""
        return self.passed and is_undecided(self.entry.scheme, self.failures, self.paired_test)


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
    stop_dominated: bool = False,
    on_done: OnSamples = lambda *_: None,
) -> Verification:
    """Return the results of every model of ``bundle`` on ``inputs``.

    The first shard is run and timed here, the others by ``executor``; ``on_done`` is called after
    each shard. The kept statistics do not grow with the size of an input or a prediction.

    ``reference`` are the float model's predictions and ``truth`` the indexes of the true labels,
    (samples,), None if the models make images. With ``stop_dominated``, a quantized model that
    another one dominates on the first samples runs on no more, as ``stopping`` says; if all that
    dominate it exceed a limit in the end, it runs on the rest nevertheless. Raises EngineError if
    no engine here runs a model, and the exceptions of ``executor``.
    """
    running = _Run(bundle, inputs, reference, truth, limits, executor)
    latencies_ms = running.time_first_shard()
    on_done(running.slices[0].stop, len(inputs))
    slow: list[Candidate] = []
    if stop_dominated:
        slow = _dominated_so_far(running, latencies_ms, on_done)
    stopped = {each.file for each in slow}
    kept = [file for file in running.entries if file not in stopped]
    running.run(kept, running.slices, on_done)
    judged = {file: running.judge(file) for file in kept}
    reasons: dict[str, Stopped] = {}
    for each in slow:
        by = next((file for file in each.others if file in kept and not judged[file].failures), "")
        if by:
            reasons[each.file] = Stopped(running.samples(each.file), by)
        else:
            running.run([each.file], running.slices, lambda *_: None)
        judged[each.file] = running.judge(each.file)
    findings = [
        _finding(model, judged[file], latencies_ms[file], reasons.get(file))
        for file, model in running.models.items()
    ]
    return Verification(
        bundle.card.task, len(inputs), running.reference_accuracy(), findings, running.examples
    )


def _dominated_so_far(
    running: "_Run", latencies_ms: Mapping[str, float], on_done: OnSamples
) -> list[Candidate]:
    """Run the first samples where that may stop a model; return the models to stop."""
    slices = running.slices
    total = slices[-1].stop
    early = next(at for at, each in enumerate(slices, 1) if each.stop >= min(FEWEST_SAMPLES, total))
    entries = running.entries
    slow = candidates(
        list(entries.values()),
        [latencies_ms[file] for file in entries],
        samples_left=total - slices[early - 1].stop,
    )
    if not slow:
        return []
    running.run(list(entries), slices[:early], on_done)
    compared = {file for each in slow for file in (each.file, *each.others)}
    judged = {file: running.judge(file) for file in compared}
    return dominated(slow, judged, running.output)


class _Run:
    """The models while they run, and the statistics of their samples so far.

    No shard of predictions itself stays in memory.
    """

    def __init__(
        self,
        bundle: Bundle,
        inputs: SampleInputs,
        reference: Reference,
        truth: NDArray[np.int64] | None,
        limits: TaskLimits,
        executor: Executor,
    ) -> None:
        self._model_set = ModelSet(bundle, [entry.file for entry in bundle.card.models])
        self.models = {model.entry.file: model for model in self._model_set.models}
        self.entries = {file: model.entry for file, model in self.models.items()}
        self.slices = shard_slices([inputs])
        self.output = converter_task(bundle.card.task).output
        self.examples: list[Example] = []
        """The images of the first samples, for a task that has them"""
        self._inputs, self._expected, self._truth = inputs, reference, truth
        self._limits, self._executor, self._spec = limits, executor, bundle.card.output
        self._references: list[Any] = []
        self._statistics: dict[str, list[Any]] = {file: [] for file in self.models}

    def time_first_shard(self) -> dict[str, float]:
        """Run the first shard in this process; return the latency of each model in milliseconds."""
        first = self._inputs[self.slices[0]]
        timed = {file: predict_inputs(model, first) for file, model in self.models.items()}
        self._add(self.slices[0], {file: each.predictions for file, each in timed.items()})
        return {file: each.latency_ms for file, each in timed.items()}

    def run(self, files: Sequence[str], slices: Sequence[slice], on_done: OnSamples) -> None:
        """Run some models, which ran on equally many samples, on the rest of ``slices``."""
        rest = slices[len(self._statistics[files[0]]) :]
        shards = ([self._inputs.part(each)] for each in rest)
        found = self._executor([self._model_set.part(files)], shards)
        for positions, (predictions,) in zip(rest, found, strict=True):
            self._add(positions, dict(zip(files, predictions, strict=True)))
            on_done(positions.stop, len(self._inputs))

    def _add(self, positions: slice, found: Mapping[str, NDArray[Any]]) -> None:
        expected = self._expected[positions]
        if len(self._references) == len(self._statistics[next(iter(found))]):
            self._references.append(self.output.reference_statistics(expected, self._spec))
        for file, predictions in found.items():
            statistics = self.output.statistics(predictions, expected, self._spec)
            self._statistics[file].append(statistics)
        if self.output.HAS_EXAMPLES and not self.examples:
            self.examples = [
                # Copied, because a view would keep the whole shard in memory.
                Example(name, images[:EXAMPLES].copy())
                for name, images in [(FLOAT_MODEL, expected), *found.items()]
            ]

    def samples(self, file: str) -> int:
        """Return the number of samples on which a model ran; they are the first ones."""
        return int(self.slices[len(self._statistics[file]) - 1].stop)

    def judge(self, file: str) -> Judged:
        """Return the result of a model on the samples on which it ran."""
        shards = self._statistics[file]
        return self.output.non_inferiority(
            join(shards),
            join(self._references[: len(shards)]),
            None if self._truth is None else self._truth[: self.samples(file)],
            output_spec=self._spec,
            scheme=self.entries[file].scheme,
            limits=self._limits,
        )

    def reference_accuracy(self) -> float | None:
        """Return the accuracy of the float model, 0 to 1; None if it makes images."""
        return self.output.reference_accuracy(join(self._references), self._truth)


def _finding(model: Model, judged: Judged, latency_ms: float, stopped: Stopped | None) -> Finding:
    return Finding(
        model.entry,
        model.engine_name,
        judged.verified,
        latency_ms,
        judged.failures,
        judged.paired_test,
        judged.disagreements,
        judged.disagreement_count,
        stopped,
    )
