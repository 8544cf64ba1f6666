"""Reads samples where no model says which task and which labels they are for."""

from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Activation, LabelOutput
from satchel.tasks import walk_folder
from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample
from satchel_convert.own_models.labels import label_ids
from satchel_convert.samples.reading import read_entries, with_positions
from satchel_convert.samples.tables import is_table, read_rows
from satchel_convert.settings import TASKS
from satchel_convert.task import converter_task


def task_at(place: Path) -> str:
    """Return the task for which there are samples at ``place``.

    Raises ModelFolderError if there are none.
    """
    table = place / "samples" / "evaluation.jsonl" if place.is_dir() else place
    rows = read_rows(table) if is_table(table) and table.is_file() else None
    for task in TASKS:
        files = converter_task(task).input.SAMPLE_FILES
        assert files is not None
        if rows is not None:
            if files.column is not None and any(files.column in row.fields for row in rows):
                return task
        elif place.is_dir() and walk_folder(place, files.find_fault).files:
            return task
    if rows:
        return TASKS[0]
    raise ModelFolderError(f"Expected labelled images or texts at {str(place)!r}, got none.")


def labelled_anyhow(
    place: Path, labels: Sequence[str] | None
) -> tuple[Sequence[Sample], LabelOutput]:
    """Return the samples at ``place`` and what they choose from: by default their own labels.

    Samples with several labels or none are for a model that gives each its own probability. Raises
    ModelFolderError as ``read_evaluation``.
    """
    files = converter_task(task_at(place)).input.SAMPLE_FILES
    assert files is not None
    entries = read_entries(place, files, part="evaluation")
    names = tuple(labels or sorted({label for each in entries for label in each.labels or ()}))
    samples = with_positions(entries, names, ids=label_ids(names))
    several = any(sample.label is None for sample in samples)
    activation: Activation = "sigmoid" if several else "softmax"
    return samples, LabelOutput(names, activation, several, ids=label_ids(names))
