"""Reads the words of a command line that name files, and the lines of standard input."""

import io
import os
import re
import sys
from collections.abc import Container, Iterator
from pathlib import Path

from satchel.bundle.task import RawInput
from satchel.errors import InputError

_SEPARATORS = [each for each in (os.sep, os.altsep) if each]
_SUFFIX = re.compile(r"[^.]\.[A-Za-z][A-Za-z0-9]{1,5}$")
"""Matches a dot and two to six letters or digits, as in review.txt, but not 3.5, U.S.A or
Well...yes."""


def standard_input() -> Iterator[str]:
    """Yield the lines of standard input, without their ends."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        # For the system a file name is bytes, so a line that is not UTF-8 must still be readable.
        sys.stdin.reconfigure(errors="surrogateescape")
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def named_files(word: str, suffixes: Container[str]) -> Iterator[RawInput]:
    """Yield the file ``word``, or the files in the folder ``word``, the folder if it has none."""
    path = Path(word)
    if not path.is_dir():
        yield RawInput(word, path)
        return
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes)
    yield from (RawInput(str(file), file) for file in found or [path])


def check_no_folder(path: Path) -> None:
    """Raise InputError for a folder, because it stands here only if nothing was found in it."""
    if path.is_dir():
        raise InputError(f"Expected files to read in the folder {str(path)!r}, got none.")


def is_text_file(word: str) -> bool:
    """Return whether ``word`` is a file or a folder, or is meant to be one.

    It is meant to be one if it has a separator or the suffix of a file, and no white space. Text
    with white space is a sentence.
    """
    try:
        if word and Path(word).exists():
            return True
    except (OSError, ValueError):
        # The sentence is too long for a path, or holds a NUL.
        return False
    if re.search(r"\s", word):
        return False
    return any(each in word for each in _SEPARATORS) or _SUFFIX.search(word) is not None
