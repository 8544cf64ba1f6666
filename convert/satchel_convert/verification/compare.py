"""Two bundles for one task, model by model, on the same samples."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, LabelOutput, TextInput
from satchel.metrics import label_accuracy
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import Sample
from satchel_convert.sample_inputs import RawInput, SampleInputs
from satchel_convert.verification.answers import OnSamples, Panel, Spread, one_process, shard_slices
from satchel_convert.verification.evidence import Evidence, gather
from satchel_convert.verification.failures import drop_in_words, psnr_failures, within_margin
from satchel_convert.verification.limits import LabelLimits, PictureLimits, TaskLimits
from satchel_convert.verification.tally import (
    LabelTally,
    PictureTally,
    join,
    tally_labels,
    tally_pictures,
)
from satchel_convert.verification.verify import compare_pictures

Result = Literal["passed", "undecided", "failed"]


class Compared(NamedTuple):
    """One model of the old bundle, beside its namesake in the new one."""

    file: str
    result: Result
    reason: str
    """In words; empty for a model that passed by its answers"""
    old_accuracy: float | None = None
    new_accuracy: float | None = None
    evidence: Evidence | None = None
    """As accuracy, of models that say labels"""
    worst_psnr_db: float | None = None
    """Of models that make pictures; None where nothing differs, too"""


def compare_bundles(
    old: Bundle,
    new: Bundle,
    samples: Sequence[Sample],
    *,
    limits: TaskLimits,
    spread: Spread = one_process,
    on_done: OnSamples = lambda *_: None,
) -> list[Compared]:
    """Return how each model of ``old`` fares against that of the same name in ``new``.

    Each bundle prepares the raw ``samples`` as its own card says, so that preprocessing is compared
    as well. What only ``new`` has is not compared. ``on_done`` is told of each shard that
    ``spread`` has answered.

    Raises ConversionError for bundles that do not answer the same question, and without samples;
    and what ``spread`` raises.
    """
    _check_same_question(old, new)
    if not samples:
        raise ConversionError("Expected samples to compare on, got none.")
    kept = {entry.file for entry in new.card.models}
    same = {entry.file for entry in old.card.models if _same(old, new, entry.file)}
    both = [entry.file for entry in old.card.models if entry.file in kept - same]
    shards = _answer(old, new, both, [sample.value for sample in samples], spread, on_done)
    if isinstance(limits, PictureLimits):
        compared = _compare_pictures(both, shards, limits)
    else:
        compared = _compare_labels(both, shards, samples, old, limits)
    rows = []
    for entry in old.card.models:
        if entry.file in same:
            # However few the samples are.
            rows.append(Compared(entry.file, "passed", "the same file"))
        elif entry.file in kept:
            rows.append(compared[entry.file])
        else:
            rows.append(Compared(entry.file, "failed", "the new bundle has no such model"))
    return rows


def _check_same_question(old: Bundle, new: Bundle) -> None:
    for name in ("task", "output"):
        before, now = getattr(old.card, name), getattr(new.card, name)
        if before != now:
            raise ConversionError(
                f"Expected two bundles with the same {name}, got {before!s:.60} and {now!s:.60}."
            )


def _same(old: Bundle, new: Bundle, file: str) -> bool:
    """Return whether the model, and what it is fed, are the same to the bit."""
    names = [file, *([old.card.input.vocabulary] if isinstance(old.card.input, TextInput) else [])]
    return old.card.input == new.card.input and all(
        old.files[name] == new.files.get(name) for name in names
    )


class _BothAnswers(NamedTuple):
    """Each model's answers to one shard."""

    before: Sequence[NDArray[Any]]
    now: Sequence[NDArray[Any]]


def _answer(
    old: Bundle,
    new: Bundle,
    files: Sequence[str],
    values: Sequence[RawInput],
    spread: Spread,
    on_done: OnSamples,
) -> Iterator[_BothAnswers]:
    if not files:
        return
    inputs = [_inputs(bundle, values) for bundle in (old, new)]
    slices = shard_slices(inputs)
    shards = ([each.part(positions) for each in inputs] for positions in slices)
    answers = spread([Panel(old, files), Panel(new, files)], shards)
    for positions, (before, now) in zip(slices, answers, strict=True):
        yield _BothAnswers(before, now)
        on_done(positions.stop, len(values))


def _inputs(bundle: Bundle, values: Sequence[RawInput]) -> SampleInputs:
    taken = bundle.card.input
    vocabulary = bundle.files[taken.vocabulary] if isinstance(taken, TextInput) else None
    return SampleInputs(values, taken, vocabulary)


def _compare_labels(
    files: Sequence[str],
    shards: Iterable[_BothAnswers],
    samples: Sequence[Sample],
    old: Bundle,
    limits: TaskLimits,
) -> dict[str, Compared]:
    assert isinstance(limits, LabelLimits)
    assert isinstance(old.card.output, LabelOutput)
    truth = np.array([sample.label for sample in samples], np.int64)
    tallies: list[list[tuple[LabelTally, LabelTally]]] = [[] for _ in files]
    for shard in shards:
        for kept, before, now in zip(tallies, shard.before, shard.now, strict=True):
            kept.append((tally_labels(before, before), tally_labels(now, before)))
    compared = {}
    for file, kept in zip(files, tallies, strict=True):
        before, now = (join(each) for each in zip(*kept, strict=True))
        evidence = gather(
            now, before, truth, labels=old.card.output.labels, margin=limits.margin_points / 100
        )
        verdict = evidence.verdict
        result: Result = "passed" if verdict.decision == "pass" else "undecided"
        if not within_margin(verdict, limits):
            result = "failed"
        reason = "" if result == "passed" else drop_in_words(verdict)
        accuracies = label_accuracy(before.top, truth), label_accuracy(now.top, truth)
        compared[file] = Compared(file, result, reason, *accuracies, evidence)
    return compared


def _compare_pictures(
    files: Sequence[str], shards: Iterable[_BothAnswers], limits: PictureLimits
) -> dict[str, Compared]:
    tallies: list[list[PictureTally]] = [[] for _ in files]
    for shard in shards:
        for kept, before, now in zip(tallies, shard.before, shard.now, strict=True):
            kept.append(tally_pictures(now, before))
    compared = {}
    for file, kept in zip(files, tallies, strict=True):
        pictures = compare_pictures(join(kept))
        reasons = psnr_failures(pictures, limits)
        compared[file] = Compared(
            file,
            "failed" if reasons else "passed",
            "; ".join(reasons),
            worst_psnr_db=pictures.worst_psnr_db,
        )
    return compared
