"""Reads rows from a table: a .csv or .tsv file with a header, or a .jsonl file of objects."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.files import read_text

MAX_TEXT = 1 << 20
"""The largest number of characters in one cell"""
TABLES = (".csv", ".tsv", ".jsonl")
_SEPARATORS = ",;\t"


class Row(NamedTuple):
    """One row of a table."""

    line: int
    fields: Mapping[str, Any]
    """The cells by the names of their columns, in lower case; of JSON also lists and numbers"""
    place: str
    """The place in a sentence, such as ``line 3 of 'test.csv'``"""


def is_table(place: Path) -> bool:
    """Return whether ``place`` has the suffix of a table."""
    return place.suffix.lower() in TABLES


def read_rows(table: Path) -> list[Row]:
    """Return the rows of a table.

    Raises ModelFolderError for a file that cannot be read, and for a row that is none.
    """
    written = read_text(table)
    rows = _json_rows(written, table) if table.suffix.lower() == ".jsonl" else None
    return list(_csv_rows(written, table) if rows is None else rows)


def columns_of(rows: list[Row]) -> list[str]:
    """Return the names of all columns, in the order of their first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row.fields))


def separator_of(written: str, table: Path) -> str:
    """Return the separator of a table's header: programs in many countries write a semicolon."""
    if table.suffix.lower() == ".tsv":
        return "\t"
    header = next((line for line in written.split("\n") if line.strip()), "")
    return max(_SEPARATORS, key=header.count) if "," not in header else ","


def _csv_rows(written: str, table: Path) -> Iterator[Row]:
    csv.field_size_limit(MAX_TEXT + 1)
    # Strict, because a quote that is never closed would swallow all rows behind it.
    reader = csv.reader(
        io.StringIO(written, newline=""), delimiter=separator_of(written, table), strict=True
    )
    header: list[str] | None = None
    try:
        for cells in reader:
            place = f"line {reader.line_num} of {str(table)!r}"
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, place)
                continue
            if len(cells) != len(header):
                raise ModelFolderError(
                    f"Expected {len(header)} cells ({', '.join(header)}) in {place}, got"
                    f" {len(cells)}: put quotes around a cell that holds the separator."
                )
            yield Row(reader.line_num, dict(zip(header, cells, strict=True)), place)
    except csv.Error as error:
        raise ModelFolderError(
            f"Expected a row of CSV in line {reader.line_num} of {str(table)!r}, got: {error}."
        ) from error


def _header(cells: list[str], place: str) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if twice := [name for name in names if names.count(name) > 1 and name]:
        raise ModelFolderError(f"Expected different columns in {place}, got {twice[0]!r} twice.")
    # A column without a name, as pandas writes for its index, is kept under its number.
    return [name or f"column {at}" for at, name in enumerate(names, 1)]


def _json_rows(written: str, table: Path) -> Iterator[Row]:
    # Not splitlines: a text may hold a line separator that does not end a line of JSON.
    for number, line in enumerate(written.split("\n"), 1):
        if not line.strip():
            continue
        place = f"line {number} of {str(table)!r}"
        try:
            fields = json.loads(line)
        except (RecursionError, ValueError):
            fields = None
        if not isinstance(fields, dict):
            raise ModelFolderError(f"Expected a JSON object in {place}, got {line.strip()[:60]!r}.")
        yield Row(number, {name.lower(): value for name, value in fields.items()}, place)
