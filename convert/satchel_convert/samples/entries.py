"""A sample as it stands in a file or a table, before its labels are those of a model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from satchel.tasks import FindFault


class SampleFiles(NamedTuple):
    """How the samples of one kind of input stand in files."""

    kind: str
    """The name of the samples in messages, such as ``images``"""
    column: str | None
    """The column of a table that holds a sample itself; None if a sample is always a file"""
    find_fault: FindFault
    """Returns why a file in a folder is no sample, None if it is one"""
    load: Callable[[Path], Any]
    """Returns the raw input in a file; raises ModelFolderError"""


class Entry(NamedTuple):
    """A raw input and what is said about it."""

    value: Any
    """The path of an image, or a text"""
    name: str
    """The path relative to the folder or table, with ``/``, or the text of a table's cell"""
    labels: tuple[str, ...] | None
    """The true labels; None if nothing is said about them"""
    place: str
    """The place in a sentence, such as ``line 3 of 'test.csv'``"""
