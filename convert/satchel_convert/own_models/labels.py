"""Reads labels from a file, and checks that a model has as many outputs."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.files import read_text
from satchel_convert.settings import Labels


def read_labels(labels: Labels) -> tuple[str, ...]:
    """Return the labels, from a list or from the lines of a file that are not empty.

    "0 daisy", with the position of each label in front of it, is the label "daisy". Labels may
    repeat: see ``label_ids``.

    Raises ModelFolderError for a file that cannot be read, and for fewer than two labels.
    """
    if isinstance(labels, str | os.PathLike):
        found, place = _lines(Path(labels)), f", in {str(labels)!r}"
    else:
        found, place = tuple(labels), ""
    if len(found) < 2 or not all(map(str.strip, found)):
        raise ModelFolderError(f"Expected two labels or more{place}, got {len(found)}.")
    return _without_positions(found)


def _without_positions(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the labels without the numbers 0, 1, 2, ... in front of them, if all have theirs."""
    parted = [line.partition(" ") for line in lines]
    for start in (0, 1):
        numbers = [str(start + position) for position in range(len(lines))]
        if [number for number, _, _ in parted] == numbers and all(rest for _, _, rest in parted):
            return tuple(rest.strip() for _, _, rest in parted)
    return lines


def _lines(path: Path) -> tuple[str, ...]:
    return label_lines(read_text(path))


def label_lines(text: str) -> tuple[str, ...]:
    """Return the lines of ``text`` that are not empty, without the spaces around each."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def label_ids(labels: Sequence[str]) -> tuple[str, ...]:
    """Return a distinct id for each label if labels repeat, else an empty tuple.

    A label that occurs once is its own id. Another one has its position behind it.

    >>> label_ids(["crane", "dog", "crane"])
    ('crane 0', 'dog', 'crane 2')
    """
    counts = Counter(labels)
    if len(counts) == len(labels):
        return ()
    ids = [
        label if counts[label] == 1 else f"{label} {position}"
        for position, label in enumerate(labels)
    ]
    if len(set(ids)) < len(ids):
        # A label is called like the id of another one.
        ids = [f"{position} {label}" for position, label in enumerate(labels)]
    return tuple(ids)


def check_count(count: int, labels: Sequence[str], *, name: str) -> None:
    """Raise ModelFolderError unless the model ``name`` has an output for each label.

    One output is enough for two labels. The message says what usually is the reason.
    """
    if count == len(labels) or (count == 1 and len(labels) == 2):
        return
    message = f"Expected {count} labels for the {count} outputs of {name!r}, got {len(labels)}"
    if count == 1:
        message = f"Expected 2 labels for the one output of {name!r}, got {len(labels)}"
    repeated = [label for label, times in Counter(labels).items() if times > 1]
    hints = []
    if repeated and len(labels) > count:
        hints.append(f"{', '.join(map(repr, repeated[:3]))} stand there more than once")
    if len(labels) == count - 1:
        hints.append("does the model have a background class, before or after them?")
    if len(labels) == count + 1:
        hints.append("is the first line a heading, or a background class that the model lacks?")
    raise ModelFolderError(f"{message}: {'; '.join(hints)}." if hints else f"{message}.")
