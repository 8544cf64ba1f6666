"""Turns a regular expression of RE2 into a step of a tokenizer, where it is a simple one.

A bundle's tokenizer replaces a text, or each character of a class, so that every language can do
the same without an engine of regular expressions. ``<br />``, ``[[:punct:]]`` and
``[%s]`` of escaped punctuation are such; groups, choices and repeated texts are not.

Source: https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from satchel.preprocessing import StandardizeStep

_Range: TypeAlias = tuple[int, int]

_CLASS = re.compile(r"\[(\^?)(\]?(?:\\.|\[:\w+:\]|[^\]\\])*)\]", re.DOTALL)
_SHORTHAND = re.compile(r"\\[sSdDwW]")
_LITERAL = re.compile(r"\\([^\w\s]|[ntrf])|([^\\.+*?()|{}\[\]^$])", re.DOTALL)
_IN_CLASS = re.compile(r"\[:(\w+):\]|\\(.)|(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_POSIX: dict[str, Sequence[_Range]] = {
    "punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "digit": [(0x30, 0x39)],
    "lower": [(0x61, 0x7A)],
    "upper": [(0x41, 0x5A)],
    "alpha": [(0x41, 0x5A), (0x61, 0x7A)],
    "alnum": [(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
    "word": [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)],
    "space": [(0x09, 0x0D), (0x20, 0x20)],
    "cntrl": [(0x00, 0x1F), (0x7F, 0x7F)],
}


def step_of(pattern: str, by: str) -> StandardizeStep | None:
    """Return the step that replaces each match of ``pattern`` with ``by``; None if there is none.

    >>> step_of("<br />", " ")
    StandardizeStep(step='replace', text='<br />', characters=None, by=' ')
    >>> step_of("[!?.]+", "")
    StandardizeStep(step='replace', text=None, characters='[!.?]+', by='')
    """
    if "\\" in by or not pattern:
        return None
    inner = pattern
    for start in ("(?:", "("):
        if pattern.startswith(start) and pattern.endswith(")") and "(" not in pattern[1:]:
            inner = pattern[len(start) : -1]
            break
    if (text := _text(inner)) is not None:
        return StandardizeStep("replace", text=text, by=by)
    repeated = "+" if inner.endswith("+") else ""
    characters = _characters(inner.removesuffix("+"))
    if characters is None:
        return None
    return StandardizeStep("replace", characters=characters + repeated, by=by)


def _text(pattern: str) -> str | None:
    """Return the text that a pattern matches if it matches no other."""
    text, at = "", 0
    while at < len(pattern):
        found = _LITERAL.match(pattern, at)
        if found is None:
            return None
        text += _CONTROLS.get(found[1], found[1]) if found[1] else found[2]
        at = found.end()
    return text


def _characters(pattern: str) -> str | None:
    """Return the class of characters in the spelling of a card."""
    if _SHORTHAND.fullmatch(pattern):
        # A card knows no \S.
        return "[^\\s]" if pattern == "\\S" else pattern
    if (single := _text(pattern)) is not None and len(single) == 1:
        return f"[{_escaped(ord(single))}]"
    found = _CLASS.fullmatch(pattern)
    if found is None:
        return None
    try:
        ranges, shorthands = _members(found[2])
    except ValueError:
        return None
    spelled = "".join(_spelled(each) for each in _merged(ranges))
    return f"[{found[1]}{spelled}{''.join(shorthands)}]"


def _members(inside: str) -> tuple[list[_Range], list[str]]:
    """Return the ranges in a class, and its shorthands; raises ValueError for other members."""
    ranges: list[_Range] = []
    shorthands: list[str] = []
    members = list(_tokens(inside))
    at = 0
    while at < len(members):
        member = members[at]
        if isinstance(member, str):
            shorthands.append(member)
        elif isinstance(member, list):
            ranges += member
        elif members[at + 1 : at + 2] == [_HYPHEN] and at + 2 < len(members):
            last = members[at + 2]
            if not isinstance(last, int) or abs(last) < abs(member):
                raise ValueError(inside)
            ranges.append((abs(member), abs(last)))
            at += 2
        else:
            ranges.append((abs(member), abs(member)))
        at += 1
    return ranges, list(dict.fromkeys(shorthands))


_HYPHEN = -ord("-")
"""A hyphen that is not escaped, which may stand between the ends of a range"""


def _tokens(inside: str) -> Iterator[int | str | list[_Range]]:
    """Yield code points, shorthands such as ``\\s``, and the ranges of a class of POSIX."""
    for posix, escaped, plain in _IN_CLASS.findall(inside):
        if posix:
            if posix not in _POSIX:
                raise ValueError(posix)
            yield list(_POSIX[posix])
        elif escaped:
            if escaped in "sdwDW":
                yield f"\\{escaped}"
            elif escaped in _CONTROLS:
                yield ord(_CONTROLS[escaped])
            elif escaped.isalnum():
                raise ValueError(escaped)
            else:
                yield ord(escaped)
        else:
            yield _HYPHEN if plain == "-" else ord(plain)


def _merged(ranges: Sequence[_Range]) -> list[_Range]:
    """Return the ranges in order, those that touch as one.

    No character stands there twice then, which some languages read as an operation on sets.
    """
    found: list[_Range] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _spelled(range_: _Range) -> str:
    low, high = range_
    if high - low < 2:
        return "".join(_escaped(code) for code in range(low, high + 1))
    return f"{_escaped(low)}-{_escaped(high)}"


def _escaped(code: int) -> str:
    return f"\\{chr(code)}" if chr(code) in "\\]^-[" else chr(code)
