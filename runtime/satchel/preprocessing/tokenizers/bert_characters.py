"""Splits a text into the words of BERT: cleaned, without case and accents if that is asked for.

What a character is stands in ``bert_characters.json``: its Unicode versions are those of Hugging
Face ``tokenizers``, and differ from Python's. Only the canonical decomposition is Python's own: it
never changes for a character that exists, and what later versions add is named in the table.
"""

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

TABLES = Path(__file__).with_name("bert_characters.json")
CHINESE = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F), (0x2B920, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip
"""The first and the last of each range of Chinese characters."""

_ASCII_WORDS = re.compile(r"[^\x00-\x20!-/:-@\[-`{-\x7f]+|[!-/:-@\[-`{-~]")
_ASCII_REMOVED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Ranges:
    """A set of characters as ranges of code points, [first, last], in their order."""

    def __init__(self, ranges: Sequence[Sequence[int]]) -> None:
        self._firsts = [first for first, _ in ranges]
        self._lasts = [last for _, last in ranges]

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        at = bisect_right(self._firsts, code) - 1
        return at >= 0 and code <= self._lasts[at]


class _Tables(NamedTuple):
    removed: _Ranges
    """Characters that cleaning removes: control characters and the like."""
    spaces: _Ranges
    """White space."""
    marks: _Ranges
    """Combining marks, which are stripped."""
    whole: _Ranges
    """Characters that are not decomposed or put in order, because they came after the tables."""
    ordered: _Ranges
    """Marks that are not stripped, and that decomposition puts in order."""
    punctuation: _Ranges
    """Characters that are words of their own."""
    lower: Mapping[str, str]
    """The lower case of each character that has one."""


class BertCharacters(dict[int, str]):
    """What each character of a text becomes: found when a text first has the character."""

    def __init__(self, *, lower: bool, strip_accents: bool, clean: bool, chinese: bool) -> None:
        self._lower = lower
        self._strip_accents = strip_accents
        self._clean = clean
        self._chinese = _Ranges(CHINESE if chinese else ())
        self._ordered: set[str] = set()
        """The marks of the texts so far whose order may change"""

    def words(self, text: str) -> list[str]:
        """Return the words of a text and its punctuation, in their order."""
        if self._clean and text.isascii():
            if _ASCII_REMOVED.search(text):
                text = _ASCII_REMOVED.sub("", text)
            return _ASCII_WORDS.findall(text.lower() if self._lower else text)
        changed = text.translate(self)
        if self._ordered and not self._ordered.isdisjoint(changed):
            # Decomposition puts several marks in one order, which no character shows alone.
            cleaned = "".join(map(self._cleaned, text))
            changed = "".join(map(self._split, _decomposed(cleaned)))
        return [word for word in changed.split(" ") if word]

    def __missing__(self, code: int) -> str:
        cleaned = self._cleaned(chr(code))
        if self._strip_accents:
            cleaned = _decomposed(cleaned)
            self._ordered.update(each for each in cleaned if each in _tables().ordered)
        self[code] = changed = "".join(map(self._split, cleaned))
        return changed

    def _cleaned(self, character: str) -> str:
        """Return a character as cleaning leaves it, with spaces around a Chinese one."""
        if self._clean and character in _tables().removed:
            return ""
        return f" {character} " if character in self._chinese else character

    def _split(self, character: str) -> str:
        """Return a character without case and as a mark, with spaces around punctuation."""
        tables = _tables()
        if self._strip_accents and character in tables.marks:
            return ""
        lower = tables.lower.get(character, character) if self._lower else character
        if character in tables.spaces:
            return " "
        return f" {character} " if character in tables.punctuation else lower


def _decomposed(text: str) -> str:
    """Return a text in which characters are decomposed, and marks in order (Unicode's NFD)."""
    # Each character alone: in a long row of marks, unicodedata takes quadratic time.
    parts = (
        each if each in _tables().whole else unicodedata.normalize("NFD", each) for each in text
    )
    rows = groupby("".join(parts), key=lambda each: _class_of(each) > 0)
    return "".join("".join(sorted(row, key=_class_of) if marks else row) for marks, row in rows)


def _class_of(character: str) -> int:
    """Return the class by which marks are put in order, 0 for all other characters."""
    return 0 if character in _tables().whole else unicodedata.combining(character)


@cache
def _tables() -> _Tables:
    stored = json.loads(TABLES.read_bytes())
    lower = {
        chr(code): chr(code + distance)
        for first, last, step, distance in stored["lower"]
        for code in range(first, last + 1, step)
    }
    return _Tables(
        removed=_Ranges(stored["removed"]),
        spaces=_Ranges(stored["spaces"]),
        marks=_Ranges(stored["marks"]),
        whole=_Ranges(stored["whole"]),
        ordered=_Ranges(stored["ordered"]),
        punctuation=_Ranges(stored["punctuation"]),
        lower={**lower, **stored["lower_of_several"]},
    )
