"""Compares two bundles of one task model by model, on the same samples."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from satchel.bundle import Bundle
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import Sample, truth_of
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
    """Return a comparison of each model of ``old`` with the model of the same name in ``new``.

    Each bundle prepares the raw ``samples`` by its own card, so that preprocessing is compared too.
    Models that only ``new`` has are not compared. ``on_done`` is called after each shard that
    ``executor`` has run.

    Raises ConversionError for bundles of different tasks or outputs, and without samples; and the
    exceptions of ``executor``.
    """
    _check_same_task(old, new)
    if not samples:
        raise ConversionError("Expected samples to compare on, got none.")
    kept = {entry.file for entry in new.card.models}
    same = {entry.file for entry in old.card.models if _same(old, new, entry.file)}
    both = [entry.file for entry in old.card.models if entry.file in kept - same]
    shards = _predict(old, new, both, [sample.value for sample in samples], executor, on_done)
    compared = _compare(both, shards, samples, old, limits)
    rows = []
    for entry in old.card.models:
        if entry.file in same:
            # The same file passes however few the samples are.
            rows.append(Compared(entry.file, "passed", "the same file"))
        elif entry.file in kept:
            rows.append(compared[entry.file])
        else:
            rows.append(Compared(entry.file, "failed", "the new bundle has no such model"))
    return rows


def _check_same_task(old: Bundle, new: Bundle) -> None:
    for name in ("task", "output"):
        before, now = getattr(old.card, name), getattr(new.card, name)
        if before != now:
            raise ConversionError(
                f"Expected two bundles with the same {name}, got {before!s:.60} and {now!s:.60}."
            )


def _same(old: Bundle, new: Bundle, file: str) -> bool:
    """Return whether the model and its prepared inputs are identical in both bundles."""
    names = [file, *old.card.input.files]
    return old.card.input == new.card.input and all(
        old.files[name] == new.files.get(name) for name in names
    )


class _BothPredictions(NamedTuple):
    """The predictions of each model for one shard, of the old and the new bundle."""

    before: Sequence[NDArray[Any]]
    now: Sequence[NDArray[Any]]


def _predict(
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
    """Return the comparison of each of ``files``, from the statistics of all shards."""
    output, output_spec = converter_task(old.card.task).output, old.card.output
    truth = truth_of(samples, output_spec) if output_spec.labels else None
    statistics: list[list[tuple[Any, Any]]] = [[] for _ in files]
    for shard in shards:
        for kept, before, now in zip(statistics, shard.before, shard.now, strict=True):
            reference = output.reference_statistics(before, output_spec)
            kept.append((reference, output.statistics(now, before, output_spec)))
    compared = {}
    for file, kept in zip(files, statistics, strict=True):
        before, now = (join(each) for each in zip(*kept, strict=True))
        compared[file] = output.compare(
            file, now, before, truth, output_spec=output_spec, limits=limits
        )
    return compared
