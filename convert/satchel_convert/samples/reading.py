"""Reads the evaluation or calibration samples of a model from any place.

A place is a folder with a folder for each label, a folder with ``samples/evaluation.jsonl`` such as
a model folder, or a table: a .jsonl, .csv or .tsv file of texts or of paths, with labels.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from satchel.bundle import Output
from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample
from satchel_convert.samples.entries import Entry, SampleFiles
from satchel_convert.samples.folders import mixed, read_folder, read_labelled_folder
from satchel_convert.samples.labelling import LabelPositions
from satchel_convert.samples.rows import read_table
from satchel_convert.samples.tables import TABLES, is_table

Part: TypeAlias = Literal["evaluation", "calibration"]


def read_evaluation(
    place: Path, files: SampleFiles, labels: Sequence[str], *, ids: Sequence[str] = ()
) -> list[Sample]:
    """Return the samples at ``place`` with the positions of their labels among ``labels``.

    A sample names a label, or one of the ``ids`` if labels repeat. It may have several labels or
    none: ``check_label_counts`` tells whether a model may. Raises ModelFolderError if there are no
    samples, for one that cannot be read, and for another label.
    """
    return with_positions(read_entries(place, files, part="evaluation"), labels, ids=ids)


def read_calibration(place: Path | None, files: SampleFiles) -> list[Sample]:
    """Return the samples at ``place``, without labels, in an order that mixes the labels.

    Without a place there are none. Raises ModelFolderError if a place has none, and for one that
    cannot be read.
    """
    if place is None:
        return []
    entries = read_entries(place, files, part="calibration")
    return [Sample(entry.value, name=entry.name) for entry in entries]


def read_entries(place: Path, files: SampleFiles, *, part: Part) -> list[Entry]:
    """Return the samples at ``place``; those for evaluation have labels.

    Raises ModelFolderError if there are none, and for one that cannot be read.
    """
    table = place / "samples" / f"{part}.jsonl"
    if place.is_dir() and not table.is_file():
        labelled = part == "evaluation"
        return read_labelled_folder(place, files) if labelled else read_folder(place, files)
    if not place.is_dir():
        table = place
    if not is_table(table) or not table.is_file():
        reason = "there is none" if not place.exists() else "it is neither"
        raise ModelFolderError(
            f"Expected a folder of {files.kind}, or a {', '.join(TABLES)} file, at"
            f" {str(place)!r}: {reason}."
        )
    entries = read_table(table, files, labelled=part == "evaluation")
    if part == "calibration":
        # Mixed, because only the first few hundred are used and the table may be sorted by label.
        return sorted(entries, key=lambda entry: mixed(entry.name))
    return entries


def with_positions(
    entries: Sequence[Entry], labels: Sequence[str], *, ids: Sequence[str] = ()
) -> list[Sample]:
    """Return samples with the positions of the entries' labels among ``labels``.

    Raises ModelFolderError for a label that the model lacks or has twice.
    """
    positions = LabelPositions(labels, ids)
    samples = []
    for entry in entries:
        found = tuple(positions.find(label, entry.place) for label in entry.labels or ())
        one = found[0] if len(found) == 1 else None
        samples.append(Sample(entry.value, one, labels=found, name=entry.name))
    return samples


def check_label_counts(samples: Sequence[Sample], output: Output) -> None:
    """Raise ModelFolderError for a sample without exactly one label, unless ``output`` is for many.

    An output without labels needs none.
    """
    if not output.labels or getattr(output, "multi_label", False):
        return
    for sample in samples:
        if sample.label is None:
            raise ModelFolderError(
                f"Expected one label for {(sample.name or str(sample.value))[:80]!r}, got"
                f" {len(sample.labels)}: the model chooses one of its labels. If it gives each its"
                " own probability, add --multi-label."
            )
