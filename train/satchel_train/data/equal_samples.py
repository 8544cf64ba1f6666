"""Finds samples of equal content, which must not be in two parts or have two labels."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.findings import EXAMPLES, Finding, some


def image_key(pixels: NDArray[np.uint8]) -> bytes:
    """Return a key that equal images share, and no others."""
    return hashlib.sha256(np.ascontiguousarray(pixels).data).digest()


def text_key(text: str) -> str:
    """Return a key that texts share if they differ at most in case, spaces and forms of letters.

    >>> text_key("Great  Film!\\n") == text_key("great film!")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def content_keys(contents: Iterable[Any]) -> list[bytes | str]:
    """Return the key of each image or text in ``contents``, of which one is in memory at a time."""
    return [text_key(each) if isinstance(each, str) else image_key(each) for each in contents]


def group_equals(keys: Sequence[bytes | str]) -> NDArray[np.intp]:
    """Return the group of each sample, (n,): the position of the first sample with an equal key."""
    first: dict[bytes | str, int] = {}
    return np.array([first.setdefault(key, at) for at, key in enumerate(keys)], np.intp)


def contradict(groups: NDArray[np.intp], labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which samples are equal to a sample with another label, (n,)."""
    lowest, highest = labels.copy(), labels.copy()
    np.minimum.at(lowest, groups, labels)
    np.maximum.at(highest, groups, labels)
    found: NDArray[np.bool_] = lowest[groups] != highest[groups]
    return found


def contradictions(
    groups: NDArray[np.intp],
    labels: NDArray[np.int32],
    *,
    names: Sequence[str],
    label_names: Sequence[str],
    things: str,
) -> list[Finding]:
    """Return a finding if samples are equal that have different labels, or else an empty list.

    ``names`` are those of the samples: their files or lines. ``things`` are images or texts.
    """
    members = _members(groups, contradict(groups, labels))
    if not members:
        return []
    examples = [
        " = ".join(f"{names[at]} ({label_names[labels[at]]})" for at in _one_of_each(labels, group))
        for group in members[:EXAMPLES]
    ]
    count = sum(map(len, members))
    line = (
        f"{count:,} {things} are equal but have different labels, and are left out:"
        f" {some(examples, total=len(members))}. Correct their labels to use them."
    )
    return [Finding("contradictory", count, line)]


def copies(groups: NDArray[np.intp], *, names: Sequence[str]) -> list[Finding]:
    """Return a finding if images are equal, which are put into one part, or else an empty list."""
    members = _members(groups, np.bincount(groups, minlength=len(groups))[groups] > 1)
    if not members:
        return []
    examples = [" = ".join(names[at] for at in group[:2]) for group in members[:EXAMPLES]]
    count = sum(len(group) - 1 for group in members)
    line = (
        f"{count:,} images are copies of others. Equal images are in the same part:"
        f" {some(examples, total=len(members))}."
    )
    return [Finding("copies", count, line)]


def _members(groups: NDArray[np.intp], chosen: NDArray[np.bool_]) -> list[list[int]]:
    """Return the positions of the chosen samples, by group."""
    found: dict[int, list[int]] = {}
    for at in np.flatnonzero(chosen).tolist():
        found.setdefault(int(groups[at]), []).append(at)
    return list(found.values())


def _one_of_each(labels: NDArray[np.int32], group: list[int]) -> list[int]:
    """Return the first sample of each label in ``group``."""
    return list({int(labels[at]): at for at in reversed(group)}.values())[::-1]
