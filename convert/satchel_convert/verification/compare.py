"""Two bundles for one task, model by model, on the same samples."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import Sample
from satchel_convert.sample_inputs import RawInput, SampleInputs
from satchel_convert.task import Compared, TaskLimits, converter_task
from satchel_convert.verification.predictions import (
    Executor,
    ModelSet,
    OnSamples,
    one_process,
    shard_slices,
)
from satchel_convert.verification.sample_statistics import join


def compare_bundles(
    old: Bundle,
    new: Bundle,
    samples: Sequence[Sample],
    *,
    limits: TaskLimits,
    executor: Executor = one_process,
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
    shards = _answer(old, new, both, [sample.value for sample in samples], executor, on_done)
    compared = _compare(both, shards, samples, old, limits)
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
    names = [file, *old.card.input.files]
    return old.card.input == new.card.input and all(
        old.files[name] == new.files.get(name) for name in names
    )


class _BothPredictions(NamedTuple):
    """Each model's answers to one shard."""

    before: Sequence[NDArray[Any]]
    now: Sequence[NDArray[Any]]


def _answer(
    old: Bundle,
    new: Bundle,
    files: Sequence[str],
    values: Sequence[RawInput],
    executor: Executor,
    on_done: OnSamples,
) -> Iterator[_BothPredictions]:
    if not files:
        return
    inputs = [SampleInputs(values, bundle.card, bundle.files) for bundle in (old, new)]
    slices = shard_slices(inputs)
    shards = ([each.part(positions) for each in inputs] for positions in slices)
    predictions = executor([ModelSet(old, files), ModelSet(new, files)], shards)
    for positions, (before, now) in zip(slices, predictions, strict=True):
        yield _BothPredictions(before, now)
        on_done(positions.stop, len(values))


def _compare(
    files: Sequence[str],
    shards: Iterable[_BothPredictions],
    samples: Sequence[Sample],
    old: Bundle,
    limits: TaskLimits,
) -> dict[str, Compared]:
    """Return how each of ``files`` fares, by the statistics of all shards."""
    output, output_spec = converter_task(old.card.task).output, old.card.output
    truth = None
    if output_spec.labels:
        truth = np.array([sample.label for sample in samples], np.int64)
    statistics: list[list[tuple[Any, Any]]] = [[] for _ in files]
    for shard in shards:
        for kept, before, now in zip(statistics, shard.before, shard.now, strict=True):
            kept.append((output.reference_statistics(before), output.statistics(now, before)))
    compared = {}
    for file, kept in zip(files, statistics, strict=True):
        before, now = (join(each) for each in zip(*kept, strict=True))
        compared[file] = output.compare(
            file, now, before, truth, output_spec=output_spec, limits=limits
        )
    return compared
