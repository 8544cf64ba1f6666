"""Reads the user's own texts: a CSV or JSON Lines file with the columns ``text`` and ``label``."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from satchel_train.data.samples import Parts, text_samples
from satchel_train.data.split import split
from satchel_train.errors import DataError

SUFFIXES = (".csv", ".jsonl")
MAX_TEXT = 1 << 20
"""The most characters of one text."""


class TextTable(NamedTuple):
    """The user's texts in four parts, and their labels."""

    parts: Parts
    labels: tuple[str, ...]
    """The labels in alphabetical order."""
    sha256: str
    """The SHA-256 of the file, 64 hexadecimal digits."""


def find_text_table(data_dir: Path | None) -> Path | None:
    """Return ``data_dir`` itself if it is a table, or the only table in it, or None.

    Raises DataError if there are several tables.
    """
    if data_dir is None or not data_dir.exists():
        return None
    if data_dir.is_file():
        return data_dir if data_dir.suffix.lower() in SUFFIXES else None
    found = sorted(path for path in data_dir.iterdir() if path.suffix.lower() in SUFFIXES)
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:3])
        raise DataError(
            f"Expected one .csv or .jsonl in {str(data_dir)!r}, got {len(found)}: {names};"
            " name one of them with --data-dir."
        )
    return found[0] if found else None


def read_text_table(path: Path) -> TextTable:
    """Return the split texts of the table at ``path``, without repeated texts.

    Raises DataError with the row's number for a row without text or label, and for too few samples.
    """
    try:
        content = path.read_bytes()
        written = content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"Expected to read {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"Expected UTF-8 in {str(path)!r}, got {error.reason}.") from error
    rows = _json_rows(written) if path.suffix.lower() == ".jsonl" else _csv_rows(written)
    found: dict[str, str] = {}
    for number, text, label in rows:
        if not text or not label or len(text) > MAX_TEXT:
            raise DataError(
                f"Expected a text and its label in line {number} of {str(path)!r}:"
                ' the columns "text" and "label" in CSV, or {"text": "...", "label": "..."}.'
            )
        found.setdefault(text, label)
    labels = tuple(sorted(set(found.values())))
    if not labels:
        raise DataError(f"Expected texts in {str(path)!r}, got none.")
    samples = text_samples(list(found), [labels.index(label) for label in found.values()])
    parts = split(samples, keys=list(found), labels=labels, source=str(path))
    return TextTable(parts, labels, hashlib.sha256(content).hexdigest())


def _csv_rows(written: str) -> Iterator[tuple[int, str, str]]:
    csv.field_size_limit(MAX_TEXT + 1)
    reader = csv.DictReader(io.StringIO(written, newline=""))
    try:
        for row in reader:
            yield reader.line_num, row.get("text") or "", (row.get("label") or "").strip()
    except csv.Error:
        # Report a row that is not CSV as a row without a text.
        yield reader.line_num + 1, "", ""


def _json_rows(written: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(written.split("\n"), 1):
        if line.strip():
            yield number, *_json_row(line)


def _json_row(line: str) -> tuple[str, str]:
    try:
        fields = json.loads(line)
        text, label = fields["text"], fields["label"]
    except (KeyError, RecursionError, TypeError, ValueError):
        return "", ""
    return (text, label.strip()) if isinstance(text, str) and isinstance(label, str) else ("", "")
