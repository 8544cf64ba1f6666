"""Reads texts from a table with the columns ``text`` and ``label``, or from .txt files."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample
from satchel_convert.own_models.sample_files import labelled_files, mixed, unlabelled_files

MAX_TEXT = 1 << 20
"""The largest number of characters in one text"""
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
TABLES = (*_DELIMITERS, ".jsonl")
_KIND = "texts (.txt)"


class _Row(NamedTuple):
    line: int
    text: object
    label: object


def labelled_texts(place: Path, labels: Sequence[str]) -> list[Sample]:
    """Return the texts of a table, or of the .txt files in folders named after labels.

    Raises ModelFolderError if there are no texts, and for a text that cannot be read or has another
    label.
    """
    if not _is_table(place):
        files = labelled_files(place, labels, suffixes={".txt"}, kind=_KIND)
        return [Sample(_read(path), label) for path, label in files]
    samples = []
    for row in _rows(place):
        text = _text(row, place)
        if row.label not in labels:
            raise ModelFolderError(
                f"Expected one of the model's labels in line {row.line} of {str(place)!r},"
                f" got {str(row.label)[:60]!r}."
            )
        samples.append(Sample(text, labels.index(str(row.label))))
    return _some(samples, place)


def unlabelled_texts(place: Path) -> list[Sample]:
    """Return the texts of a table or of the .txt files in folders; labels are ignored.

    Raises ModelFolderError if there are no texts, and for a text that cannot be read.
    """
    if not _is_table(place):
        files = unlabelled_files(place, suffixes={".txt"}, kind=_KIND)
        return [Sample(_read(path)) for path in files]
    samples = [Sample(_text(row, place)) for row in _rows(place)]
    # Mixed, because only the first few hundred are used and the table may be sorted by label.
    return sorted(_some(samples, place), key=lambda sample: mixed(str(sample.value)))


def _is_table(place: Path) -> bool:
    if place.is_file() and place.suffix.lower() not in TABLES:
        raise ModelFolderError(
            f"Expected texts in a {', '.join(TABLES)} file or in folders, got {str(place)!r}."
        )
    return place.is_file()


def _some(samples: list[Sample], place: Path) -> list[Sample]:
    if not samples:
        raise ModelFolderError(f"Expected texts in {str(place)!r}, got none.")
    return samples


def _text(row: _Row, place: Path) -> str:
    if not isinstance(row.text, str) or not row.text or len(row.text) > MAX_TEXT:
        raise ModelFolderError(
            f"Expected a text and its label in line {row.line} of {str(place)!r}:"
            ' the columns "text" and "label", or {"text": "...", "label": "..."}.'
        )
    return row.text


def _rows(table: Path) -> Iterator[_Row]:
    suffix = table.suffix.lower()
    if suffix in _DELIMITERS:
        return _csv_rows(_read(table), _DELIMITERS[suffix])
    return _json_rows(_read(table))


def _csv_rows(written: str, delimiter: str) -> Iterator[_Row]:
    csv.field_size_limit(MAX_TEXT + 1)
    reader = csv.DictReader(io.StringIO(written, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield _Row(reader.line_num, row.get("text"), (row.get("label") or "").strip())
    except csv.Error:
        # A row that is not valid CSV counts as a row without a text.
        yield _Row(reader.line_num + 1, None, None)


def _json_rows(written: str) -> Iterator[_Row]:
    # Not splitlines: a text may hold a line separator that does not end a line of JSON.
    for number, line in enumerate(written.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (RecursionError, ValueError):
            fields = None
        known = fields if isinstance(fields, dict) else {}
        yield _Row(number, known.get("text"), known.get("label"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ModelFolderError(f"Expected to read {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ModelFolderError(f"Expected UTF-8 in {str(path)!r}, got {error.reason}.") from error
