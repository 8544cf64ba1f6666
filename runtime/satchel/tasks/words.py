"""Reads the words of a command line that name files, and the lines of standard input."""

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from satchel.bundle.task import RawInput, Say
from satchel.errors import InputError
from satchel.preprocessing.text_encoding import decode_lines
from satchel.tasks.folder_walk import FindFault, summarize, walk_folder

_SEPARATORS = [each for each in (os.sep, os.altsep) if each]
_SUFFIX = re.compile(r"[^.]\.[A-Za-z][A-Za-z0-9]{1,5}$")
"""Matches a dot and two to six letters or digits, as in review.txt, but not 3.5, U.S.A or
Well...yes."""


def standard_input() -> Iterator[str]:
    """Yield the lines of standard input, without their ends.

    A byte order mark decides the encoding. For the system a file name is bytes, so bytes that are
    no UTF-8 become lone surrogates. Raises InputError for others.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        yield from decode_lines(sys.stdin.buffer)
    else:
        yield from (line.rstrip("\r\n") for line in sys.stdin)


def named_files(word: str, find_fault: FindFault, *, say: Say) -> Iterator[RawInput]:
    """Yield the file ``word``, or the files in the folder ``word``, the folder if it has none.

    ``say`` receives a line about what was left out of the folder.
    """
    path = Path(word)
    if not path.is_dir():
        yield RawInput(word, path)
        return
    walked = walk_folder(path, find_fault)
    if walked.left_out:
        say(summarize(path, walked.left_out))
    yield from (RawInput(str(file), file) for file in walked.files or [path])


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
