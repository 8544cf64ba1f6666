"""Reads samples from a folder: in a folder for each label, or in any folders."""

import hashlib
import logging
from pathlib import Path

from satchel.tasks import Fault, LeftOut, summarize, walk_folder
from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.entries import Entry, SampleFiles
from satchel_convert.samples.tables import is_table

LOGGER = logging.getLogger("satchel_convert.samples")
"""Says, as warnings, what was left out of a folder"""
_WITHOUT_LABEL = Fault("in no label's folder")


def read_labelled_folder(folder: Path, files: SampleFiles) -> list[Entry]:
    """Return the files in the folders of ``folder``, each with the name of its folder as label.

    What is left out is said as a warning. Raises ModelFolderError if there are no files.
    """
    walked = walk_folder(folder, files.find_fault)
    left_out = list(walked.left_out)
    entries = []
    for path in walked.files:
        inside = path.relative_to(folder)
        if len(inside.parts) == 1:
            left_out.append(LeftOut(path, _WITHOUT_LABEL))
            continue
        label = inside.parts[0]
        place = f"the name of the folder {str(folder / label)!r}"
        entries.append(Entry(files.load(path), inside.as_posix(), (label,), place))
    _say(folder, left_out)
    if not entries:
        raise ModelFolderError(
            f"Expected {files.kind} in folders named after their labels in {str(folder)!r}, got"
            f" none{_or_a_table(folder)}."
        )
    return entries


def read_folder(folder: Path, files: SampleFiles) -> list[Entry]:
    """Return the files in ``folder`` and its folders, in an order that mixes the folders.

    What is left out is said as a warning. Raises ModelFolderError if there are no files.
    """
    walked = walk_folder(folder, files.find_fault)
    _say(folder, list(walked.left_out))
    if not walked.files:
        raise ModelFolderError(
            f"Expected {files.kind} in {str(folder)!r}, got none{_or_a_table(folder)}."
        )
    entries = [
        Entry(files.load(path), path.relative_to(folder).as_posix(), None, repr(str(path)))
        for path in walked.files
    ]
    # Mixed, because only the first few hundred are used and the folders may be labels.
    return sorted(entries, key=lambda entry: mixed("/".join(entry.name.split("/")[-2:])))


def mixed(text: str) -> bytes:
    """Return a sort key that mixes texts, the same way every time."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _say(folder: Path, left_out: list[LeftOut]) -> None:
    if left_out:
        LOGGER.warning("%s", summarize(folder, sorted(left_out)))


def _or_a_table(folder: Path) -> str:
    tables = sorted(path for path in folder.iterdir() if is_table(path)) if folder.is_dir() else []
    return f": to read the table in it, name {str(tables[0])!r}" if tables else ""
