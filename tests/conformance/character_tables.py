"""Tables of characters as JSON: ranges of code points, and runs of characters with their change."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

CHARACTERS = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
"""All of Unicode, without halves of surrogate pairs"""


def ranges(characters: Iterable[str]) -> list[list[int]]:
    """Return the first and the last code point of each range of characters."""
    found: list[list[int]] = []
    for code in map(ord, characters):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def runs(lower: dict[str, str]) -> Iterator[list[int]]:
    """Yield runs of characters: first, last, step, and the distance to the lower case."""
    pairs = [(ord(each), ord(value) - ord(each)) for each, value in lower.items()]
    run: list[int] = []
    for code, distance in pairs:
        if run and distance == run[3]:
            step = code - run[1]
            if step in (1, 2) and (run[0] == run[1] or step == run[2]):
                run[1:3] = [code, step]
                continue
        if run:
            yield run
        run = [code, code, 1, distance]
    yield run


def json_of(stored: dict[str, Any]) -> str:
    """Return the tables as JSON with one table a line."""
    lines = (
        f" {json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}"
        for name, value in stored.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"
