"""Reads the user's own texts: a CSV or JSON Lines file with the columns ``text`` and ``label``."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.equal_samples import (
    content_keys,
    contradict,
    contradictions,
    group_equals,
)
from satchel_train.data.findings import Finding
from satchel_train.data.samples import Parts, Samples, text_samples
from satchel_train.data.split import parts_of, split
from satchel_train.errors import DataError

SUFFIXES = (".csv", ".jsonl")
MAX_TEXT = 1 << 20
"""The most characters of one text."""


class _Row(NamedTuple):
    number: int
    """The number of the row's last line, from 1."""
    text: str
    label: str


class TextTable(NamedTuple):
    """The user's texts in four parts, and their labels."""

    parts: Parts
    labels: tuple[str, ...]
    """The labels in alphabetical order."""
    sha256: str
    """The SHA-256 of the file, 64 hexadecimal digits."""
    findings: Sequence[Finding]


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
    """Return the split texts of the table at ``path``, and what was found in it.

    A repeated text is used once. Texts that differ only in case or spaces are in one part, and are
    left out if their labels differ.

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
    found: list[_Row] = []
    for number, text, label in rows:
        if not text or not label or len(text) > MAX_TEXT:
            raise DataError(
                f"Expected a text and its label in line {number} of {str(path)!r}:"
                ' the columns "text" and "label" in CSV, or {"text": "...", "label": "..."}.'
            )
        found.append(_Row(number, text, label))
    if not found:
        raise DataError(f"Expected texts in {str(path)!r}, got none.")
    labels = tuple(sorted({row.label for row in found}))
    samples, groups, findings = _consistent(found, labels)
    positions = split(
        samples.labels,
        keys=list(samples.contents),
        groups=groups,
        names=labels,
        source=str(path),
    )
    sha256 = hashlib.sha256(content).hexdigest()
    return TextTable(parts_of(samples, positions), labels, sha256, findings)


def _consistent(
    rows: Sequence[_Row], names: Sequence[str]
) -> tuple[Samples, NDArray[np.intp], list[Finding]]:
    """Return each text of one label once, the groups of equal texts, and what was left out."""
    labels = np.array([names.index(row.label) for row in rows], np.int32)
    groups = group_equals(content_keys(row.text for row in rows))
    findings = contradictions(
        groups,
        labels,
        names=[f"line {row.number}" for row in rows],
        label_names=names,
        things="texts",
    )
    consistent = np.flatnonzero(~contradict(groups, labels))
    first: dict[str, int] = {}
    for at in consistent.tolist():
        first.setdefault(rows[at].text, at)
    if repeated := len(consistent) - len(first):
        line = f"{repeated:,} rows repeat a text of the same label. Each text is used once."
        findings.append(Finding("repeated", repeated, line))
    kept = list(first.values())
    return text_samples(list(first), labels[kept].tolist()), groups[kept], findings


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
