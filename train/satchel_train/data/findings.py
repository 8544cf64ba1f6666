"""What was found in a data set that a user should know: said in a line, and kept as a figure."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

FindingKind = Literal[
    "contradictory", "copies", "repeated", "leaks", "near_duplicates", "left_out", "same_content"
]
EXAMPLES = 3
"""The most examples in a line."""


class Finding(NamedTuple):
    """Something that a user should know about the data of a training."""

    kind: FindingKind
    """``contradictory``: equal samples with different labels, left out of the user's own data.
    ``copies``: equal images, all in one part. ``repeated``: texts that came again, used once.
    ``leaks``: equal samples in several parts that the user made. ``near_duplicates``: images that
    look alike in several parts. ``left_out``: samples of a published data set that are also in a
    later part. ``same_content``: published samples with several labels, kept."""
    samples: int
    """The number of samples that it is about."""
    line: str


def some(examples: Sequence[str], *, total: int | None = None) -> str:
    """Return the first three ``examples``, and how many of ``total`` there are besides.

    >>> some(["a = b", "c = d", "e = f", "g = h"])
    'a = b; c = d; e = f; and 1 more'
    """
    more = (len(examples) if total is None else total) - len(examples[:EXAMPLES])
    return "; ".join([*examples[:EXAMPLES], *([f"and {more:,} more"] if more else [])])
