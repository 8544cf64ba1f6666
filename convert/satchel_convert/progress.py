"""How long work says how far it is."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

Stage: TypeAlias = Literal[
    "converting", "asking the float model", "verifying", "comparing", "explaining"
]


class Progress(NamedTuple):
    """How far one stage of the work is."""

    stage: Stage
    done: int
    """Steps or samples that are finished"""
    total: int
    """About how many there are"""
    step: str | None = None
    """The name of the step that has just finished; None where samples are counted"""


OnProgress: TypeAlias = Callable[[Progress], None]
"""Is told of progress, in the thread that does the work or waits for it"""


def silent(progress: Progress) -> None:
    """Tell nobody."""


class Steps:
    """Counts the named steps of one stage and tells ``on_progress`` of each."""

    def __init__(self, stage: Stage, total: int, on_progress: OnProgress) -> None:
        self._stage: Stage = stage
        self._total = total
        self._on_progress = on_progress
        self._done = 0
        on_progress(Progress(stage, 0, total))

    def finish(self, name: str) -> None:
        """Count the step called ``name``."""
        self._done += 1
        self._on_progress(Progress(self._stage, self._done, self._total, name))


def count_samples(stage: Stage, on_progress: OnProgress) -> Callable[[int, int], None]:
    """Return a function that is told how many samples are done, and of how many."""

    def on_samples(done: int, total: int) -> None:
        on_progress(Progress(stage, done, total))

    return on_samples
