"""The words of a command line to raw inputs: pictures, texts and seeds."""

import io
import os
import re
import sys
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from satchel.bundle.card import ImageInput, Input, LatentInput, TextInput
from satchel.errors import InputError
from satchel.preprocessing.image_formats import SUFFIXES

_SEPARATORS = [each for each in (os.sep, os.altsep) if each]
_SUFFIX = re.compile(r"[^.]\.[A-Za-z][A-Za-z0-9]{1,5}$")
"""A dot and two to six letters or digits, as in review.txt; not as in 3.5, U.S.A or Well...yes"""


class RawInput(NamedTuple):
    """One input of the command line."""

    name: str
    """To print"""
    value: Path | str | int
    """The file of a picture or a text, a text, or a seed"""


def raw_inputs(words: Iterable[str], taken: Input) -> Iterator[RawInput]:
    """Yield the inputs that ``words`` name; ``-`` stands for the lines of standard input."""
    if isinstance(taken, ImageInput):
        return _pictures(words)
    if isinstance(taken, LatentInput):
        return _seeds(words)
    return _texts(words)


def load(value: Path | str | int, taken: Input) -> Path | str | int:
    """Return a RawInput's value as a reader takes it: the content of a text's file.

    Raises InputError for a folder in which nothing was found and for what looks like the path of a
    text and is not there, OSError for another file that cannot be read.
    """
    if isinstance(value, Path) and value.is_dir():
        raise InputError(f"Expected files to read in the folder {str(value)!r}, got none.")
    if isinstance(value, Path) and isinstance(taken, TextInput):
        if not value.exists():
            raise InputError(
                f"Expected a file or folder that is there, got {str(value)!r};"
                " add --text if it is a text to classify."
            )
        return value.read_text(encoding="utf-8", errors="replace")
    return value


def _pictures(words: Iterable[str]) -> Iterator[RawInput]:
    for word in words:
        if word == "-":
            yield from (RawInput(line, Path(line)) for line in _lines() if line)
        else:
            yield from _files(word, SUFFIXES)


def _texts(words: Iterable[str]) -> Iterator[RawInput]:
    for word in words:
        if word == "-":
            yield from (RawInput(line, line) for line in _lines())
        elif _is_path(word):
            yield from _files(word, {".txt"})
        else:
            yield RawInput(word, word)


def _seeds(words: Iterable[str]) -> Iterator[RawInput]:
    for word in words:
        for seed in _lines() if word == "-" else [word]:
            # What is no number, or longer than any seed, is the reader's to refuse.
            digits = re.fullmatch("[0-9]{1,20}", seed)
            if seed:
                yield RawInput(seed, int(seed) if digits else seed)


def _lines() -> Iterator[str]:
    if isinstance(sys.stdin, io.TextIOWrapper):
        # A file name is bytes to the system; a text that is not UTF-8 is still read.
        sys.stdin.reconfigure(errors="surrogateescape")
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def _files(word: str, suffixes: Container[str]) -> Iterator[RawInput]:
    """Yield the file ``word``, or those in the folder ``word``: itself where there are none."""
    path = Path(word)
    if not path.is_dir():
        yield RawInput(word, path)
        return
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes)
    yield from (RawInput(str(file), file) for file in found or [path])


def _is_path(word: str) -> bool:
    """Return whether ``word`` is a file or a folder, or is meant to be one.

    A separator or the suffix of a file says so, where there is no white space: no sentence.
    """
    try:
        if word and Path(word).exists():
            return True
    except (OSError, ValueError):
        # A sentence too long for a path, or with a NUL in it.
        return False
    if re.search(r"\s", word):
        return False
    return any(each in word for each in _SEPARATORS) or _SUFFIX.search(word) is not None
