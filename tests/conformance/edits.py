"""A file as edits of another one, so that a few hundred damaged ones stay small."""

import base64

Edit = tuple[int, int, bytes]
"""Where, how many bytes are dropped, and what is put there"""

_SAME_AGAIN = 16
"""Bytes in a row that end an edit"""


def edits_of(kept: bytes, content: bytes) -> list[Edit]:
    """Return what makes ``content`` of ``kept``: where, how much is dropped, what is put there."""
    edits: list[Edit] = []
    old = new = 0
    while True:
        same = _shared(kept[old:], content[new:])
        old, new = old + same, new + same
        if old == len(kept) and new == len(content):
            return edits
        drop, insert = _step(kept[old:], content[new:])
        edits.append((old, drop, content[new : new + insert]))
        old, new = old + drop, new + insert


def _step(kept: bytes, content: bytes) -> tuple[int, int]:
    """Return how many bytes of each to skip, the fewest together, until both agree again."""
    best = len(kept), len(content)
    for at in range(len(content) - _SAME_AGAIN + 1):
        if at >= sum(best):
            break
        found = kept.find(content[at : at + _SAME_AGAIN])
        if found >= 0 and at + found < sum(best):
            best = found, at
    return best


def _shared(one: bytes, other: bytes) -> int:
    """Return how many bytes both begin with."""
    differing = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def spelled(edits: list[Edit]) -> list[list]:
    """Return the edits as JSON has them, their bytes in base64."""
    return [[at, drop, base64.b64encode(insert).decode()] for at, drop, insert in edits]
