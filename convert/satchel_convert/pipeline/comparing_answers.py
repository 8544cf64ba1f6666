"""Tests answers that were made elsewhere, as on a phone, against a bundle or other answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from satchel.bundle import Bundle, LabelOutput, TrustSource
from satchel.errors import name_some
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import Sample, truth_of
from satchel_convert.model_kinds import kind_of
from satchel_convert.own_models.labels import read_labels
from satchel_convert.pipeline.comparing import Comparison, one_place
from satchel_convert.pipeline.executors import open_executor
from satchel_convert.pipeline.sources import open_for
from satchel_convert.plausibility.expected_file import Expected, models_in, read_expected
from satchel_convert.progress import OnProgress, count_samples, silent
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.samples.of_answers import labelled_anyhow, task_at
from satchel_convert.samples.of_bundles import evaluation_samples
from satchel_convert.settings import Labels, Limits, PathLike
from satchel_convert.task import Compared, converter_task
from satchel_convert.verification.answers import sets_of_labels
from satchel_convert.verification.predictions import Executor, ModelSet, OnSamples, shard_slices
from satchel_convert.verification.sample_statistics import LabelStatistics, label_statistics
from satchel_convert.verification.stated_limits import limits_for


def compare_predictions(
    old: PathLike | Bundle,
    predictions: PathLike,
    *,
    samples: PathLike | None = None,
    evaluation: PathLike | None = None,
    file: str | None = None,
    labels: Labels | None = None,
    trust: "TrustSource | None" = None,
    limits: Limits | None = None,
    workers: int = 1,
    ray: str | None = None,
    on_progress: OnProgress = silent,
) -> Comparison:
    """Return a comparison of the answers in a file with those of a bundle, or of another file.

    It is the paired test of ``compare``, so the answers of a device can be part of CI. Labels
    without scores are enough. Every sample needs one answer. An answer names its sample by the
    path, any end of the path that is unique, or the text.

    Args:
        old: the bundle to compare with, open or its path, or a file of answers.
        predictions: the answers to test: the lines of ``satchel run --json``, or a .csv, .jsonl or
            .json file as ``convert`` takes it for ``expect``.
        samples: a model folder, or any folder with ``samples/evaluation.jsonl``.
        evaluation: instead, samples in any form that ``convert`` takes.
        file: the model of the bundle to compare with, instead of the one that the answers name, or
            the first.
        labels: the labels, if ``old`` is a file; those of the samples by default.
        trust: a file of public keys, or a Trust; one of these keys must have signed the bundle.
        limits: ``margin_points`` and ``strict``.
        workers: processes that run the samples through the bundle's model.
        ray: HOST:PORT of a Ray cluster that runs them instead.
        on_progress: a function that receives the progress.

    Raises ModelFolderError for answers that cannot be read or matched, which are named, and for a
    wrong sample; ConversionError for samples without an answer, which are named, and for a model
    that chooses no single label; BundleError and TrustError as ``open_bundle``.

    """
    place = one_place(samples, evaluation)
    if isinstance(old, Bundle) or kind_of(old) == "bundle":
        bundle = open_for(old, trust=trust)
        task, output = bundle.card.task, _labels_of(bundle)
        found = evaluation_samples(place, bundle.card)
        new = _answers(Path(predictions), found, output)
        chosen = _model_of(bundle, Path(predictions), file)
        before = _predictions(
            bundle,
            chosen,
            found,
            executor=open_executor(workers=workers, ray=ray),
            on_done=count_samples("comparing", on_progress),
        )
        title = f"{bundle.card.name} {bundle.card.version} {chosen}"
        without_scores = False
    else:
        if file is not None or trust is not None:
            raise ConversionError(f"Expected no file and no trust for the answers {str(old)!r}.")
        task = task_at(place)
        stated = None if labels is None else read_labels(labels)
        found, output = labelled_anyhow(place, stated)
        new = _answers(Path(predictions), found, output)
        other = _answers(Path(old), found, output)
        before, without_scores = _statistics(other, output), _lacks_scores(other)
        title = other.file
    row = converter_task(task).output.compare(
        new.file,
        _statistics(new, output),
        before,
        truth_of(found, output),
        output_spec=output,
        limits=limits_for(limits or Limits(), task),
    )
    row = _without_calibration(row, new=_lacks_scores(new), old=without_scores)
    return Comparison(f"{new.file} against {title}: {len(found):,} samples", [row])


def _without_calibration(row: Compared, *, new: bool, old: bool) -> Compared:
    """Return the row without the calibration error of answers that have no scores."""
    test = row.paired_test
    assert test is not None
    if new:
        test = test._replace(calibration_error=None)
    if old:
        test = test._replace(reference_calibration_error=None)
    return row._replace(paired_test=test)


def _lacks_scores(found: Expected) -> bool:
    return any(answer.scores is None for answer in found.answers)


def _labels_of(bundle: Bundle) -> LabelOutput:
    """Return the output of a bundle; raises ConversionError if it has no labels."""
    output: Any = bundle.card.output
    if not output.labels:
        raise ConversionError(
            f"Expected a model of labels, got {bundle.card.name} for {bundle.card.task}: compare"
            " two bundles instead."
        )
    labels: LabelOutput = output
    return labels


def _model_of(bundle: Bundle, predictions: Path, file: str | None) -> str:
    """Return the model to compare with: the stated one, the one that made the answers, the first.

    Raises ConversionError if the bundle has no such model.
    """
    files = [entry.file for entry in bundle.card.models]
    if file is None:
        named = models_in(predictions)
        return named.pop() if len(named) == 1 and named <= set(files) else files[0]
    if file not in files:
        raise ConversionError(f"Expected one of the models {', '.join(files)}, got {file!r}.")
    return file


def _answers(path: Path, samples: Sequence[Sample], output: LabelOutput) -> Expected:
    """Return the answers in a file, one for each sample; raises ConversionError without one."""
    found = read_expected(path, samples, output)
    if found.missing:
        raise ConversionError(
            f"Expected an answer for each of {len(samples):,} samples in {path.name!r},"
            f" {len(found.missing):,} have none: {name_some(found.missing)}."
        )
    return found


def _predictions(
    bundle: Bundle, file: str, samples: Sequence[Sample], *, executor: Executor, on_done: OnSamples
) -> LabelStatistics:
    """Return the statistics of the predictions of one model of ``bundle``."""
    inputs = SampleInputs([sample.value for sample in samples], bundle.card, bundle.files)
    slices = shard_slices([inputs])
    shards = ([inputs.part(positions)] for positions in slices)
    parts = []
    for positions, [[scores]] in zip(
        slices, executor([ModelSet(bundle, [file])], shards), strict=True
    ):
        parts.append(scores)
        on_done(positions.stop, len(samples))
    scores = np.concatenate(parts)
    return label_statistics(scores, scores, _labels_of(bundle))


def _statistics(found: Expected, output: LabelOutput) -> LabelStatistics:
    """Return the statistics of answers; a label without scores counts as certain."""
    scores = found.wanted(len(output.labels))
    statistics = label_statistics(scores, scores, output)
    # The labels decide, because a device may have other thresholds, or break a tie in another way.
    if output.multi_label:
        return statistics._replace(top=sets_of_labels(each.labels for each in found.answers))
    return statistics._replace(top=found.truth)
