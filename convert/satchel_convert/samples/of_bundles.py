"""Reads samples for a card whose task, labels and ids are known already."""

from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Card
from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample, label_names, read_samples
from satchel_convert.samples.entries import SampleFiles
from satchel_convert.samples.reading import (
    check_label_counts,
    read_calibration,
    read_entries,
    with_positions,
)
from satchel_convert.task import converter_task


def evaluation_samples(place: Path, card: Card) -> Sequence[Sample]:
    """Return the evaluation samples at ``place``, in any form, for a model with ``card``.

    Raises ModelFolderError if there are none, and for one that does not fit the model.
    """
    files = converter_task(card.task).input.SAMPLE_FILES
    if files is None or (not card.output.labels and _has_lines(place, "evaluation")):
        return _of_lines(place, card, "evaluation")
    labels = card.output.labels
    if labels:
        entries = read_entries(place, files, part="evaluation")
        found = with_positions(entries, labels, ids=label_names(card.output))
        check_label_counts(found, card.output)
        return found
    return sorted(read_calibration(place, files), key=lambda sample: sample.name)


def calibration_samples(place: Path, card: Card) -> Sequence[Sample]:
    """Return the calibration samples at ``place``, in any form, for a model with ``card``.

    Raises ModelFolderError if there are none, and for one that does not fit the model.
    """
    files: SampleFiles | None = converter_task(card.task).input.SAMPLE_FILES
    if files is None:
        return _of_lines(place, card, "calibration")
    return read_calibration(place, files)


def _has_lines(place: Path, part: str) -> bool:
    return (place / "samples" / f"{part}.jsonl").is_file()


def _of_lines(place: Path, card: Card, part: str) -> Sequence[Sample]:
    table = place / "samples" / f"{part}.jsonl" if place.is_dir() else place
    found = read_samples(table, card, evaluated=part == "evaluation")
    if not found:
        raise ModelFolderError(
            f"Expected samples for {card.task} in the lines of {str(table)!r}, got none."
        )
    return found
