"""Reads a sample from each row of a table: a file that the row names, or a text in its cell."""

import re
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.entries import Entry, SampleFiles
from satchel_convert.samples.tables import MAX_TEXT, Row, columns_of, read_rows

PATH_COLUMNS = ("path", "file", "filename", "image", "picture")
LABEL_COLUMNS = ("labels", "label")
LABEL_SEPARATOR = "|"
"""The separator of several labels in one cell"""
_URL = re.compile(r"[a-z][a-z0-9+.-]+://|(data|file):", re.IGNORECASE)


def read_table(table: Path, files: SampleFiles, *, labelled: bool) -> list[Entry]:
    """Return the samples of a table; without ``labelled``, its labels are ignored.

    Raises ModelFolderError for a table without samples, and for a row that is none.
    """
    rows = read_rows(table)
    columns = columns_of(rows)
    column = _column(columns, files, table)
    if labelled and not set(LABEL_COLUMNS) & set(columns):
        raise ModelFolderError(
            f"Expected a column label or labels in {str(table)!r}, got {', '.join(columns)}."
        )
    entries = []
    seen: dict[str, str] = {}
    for row in rows:
        entry = _entry(row, column, files, table, labelled=labelled)
        if column != files.column:
            if entry.name in seen:
                raise ModelFolderError(
                    f"Expected every file once, got {entry.name!r} in {row.place} and before."
                )
            seen[entry.name] = row.place
        entries.append(entry)
    return entries


def labels_of(fields: Any, place: str) -> tuple[str, ...] | None:
    """Return the labels in the cells or the JSON fields of a row; None if it has none.

    A cell ``labels`` has several, separated by ``|``, or no label if it is empty. Raises
    ModelFolderError for anything else.
    """
    several = fields.get("labels")
    if isinstance(several, str):
        return tuple(each.strip() for each in several.split(LABEL_SEPARATOR) if each.strip())
    if isinstance(several, list):
        return tuple(_label(each, place) for each in several)
    one = fields.get("label")
    if several is not None or one is None or one == "":
        return None
    return (_label(one, place),)


def _label(value: Any, place: str) -> str:
    if isinstance(value, str):
        return value.strip()
    if type(value) is int:
        return str(value)
    raise ModelFolderError(f"Expected a label as text in {place}, got {value!r:.60}.")


def _column(columns: Sequence[str], files: SampleFiles, table: Path) -> str:
    """Return the column with the samples; raises ModelFolderError if there is none."""
    wanted = (files.column, *PATH_COLUMNS) if files.column else PATH_COLUMNS
    for name in wanted:
        if name in columns:
            return name
    if not columns:
        raise ModelFolderError(f"Expected {files.kind} in {str(table)!r}, got none.")
    raise ModelFolderError(
        f"Expected a column {' or '.join(wanted[:2])} in {str(table)!r}, got"
        f" {', '.join(columns)[:60]}: name the columns in the first line."
    )


def _entry(row: Row, column: str, files: SampleFiles, table: Path, *, labelled: bool) -> Entry:
    cell = row.fields.get(column)
    labels = labels_of(row.fields, row.place) if labelled else None
    whole = isinstance(cell, str) and 0 < len(cell) <= MAX_TEXT
    if not whole or (labelled and labels is None):
        what = "text" if column == files.column else "path"
        also = " and its label" if labelled else ""
        raise ModelFolderError(
            f"Expected a {what}{also} in {row.place}: the columns {column!r} and 'label', or"
            f' {{"{column}": "...", "label": "..."}}.'
        )
    assert isinstance(cell, str)
    if column == files.column:
        return Entry(cell, cell, labels, row.place)
    path = _resolve(cell.strip(), row, table)
    if (fault := files.find_fault(path)) is not None:
        remedy = f", {fault.remedy}" if fault.remedy else ""
        raise ModelFolderError(
            f"Expected {files.kind} in {row.place}, got {cell.strip()!r}: {fault.reason}{remedy}."
        )
    name = path.relative_to(table.parent).as_posix()
    return Entry(files.load(path), name, labels, row.place)


def _resolve(cell: str, row: Row, table: Path) -> Path:
    """Return the path that a cell names, relative to the table.

    Raises ModelFolderError for an address on the web, and for a path outside of the folder.
    """
    if _URL.match(cell):
        raise ModelFolderError(
            f"Expected the path of a file in {row.place}, got an address, {cell[:60]!r}: download"
            " the file."
        )
    if "\\" in cell and not (table.parent / cell).exists():
        # The table was made on Windows.
        cell = PureWindowsPath(cell).as_posix()
    # Golden vectors publish samples, and a file outside of the folder may be private.
    if Path(cell).is_absolute() or re.match("[A-Za-z]:/", cell) or ".." in Path(cell).parts:
        raise ModelFolderError(
            f"Expected a path inside of the table's folder in {row.place}, got {cell[:100]!r}: put"
            " the table above the files."
        )
    return table.parent / cell
