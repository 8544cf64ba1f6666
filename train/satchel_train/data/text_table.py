"""A user's own texts: a CSV or JSON Lines file with the columns ``text`` and ``label``."""

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
"""Characters of one text"""


class TextTable(NamedTuple):
    """The user's texts, split, and what their labels are."""

    parts: Parts
    labels: tuple[str, ...]
    """In alphabetical order"""
    sha256: str
    """Of the file"""


def find_text_table(data_dir: Path | None) -> Path | None:
    """Return the table that ``data_dir`` is, or the only one in it; None where there is none.

    Raises DataError where there are several.
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
    """Return the split texts of the table at ``path``; a text that comes again is left out.

    Raises DataError for a row without text or label, with its number, and for too few samples.
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
        # A row that is no CSV is a row without a text.
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
