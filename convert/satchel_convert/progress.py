"""How far work is, told to a function of the caller's."""

from collections.abc import Callable
from threading import Lock
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
"""Is told of progress: one call at a time, not always from the same thread"""


def silent(progress: Progress) -> None:
    """Tell nobody."""


class Steps:
    """Counts the named steps of one stage and tells ``on_progress`` of each, one at a time."""

    def __init__(self, stage: Stage, total: int, on_progress: OnProgress) -> None:
        self._stage: Stage = stage
        self._total = total
        self._on_progress = on_progress
        self._done = 0
        self._lock = Lock()
        on_progress(Progress(stage, 0, total))

    def finish(self, name: str) -> None:
        """Count the step called ``name``."""
        # Several threads finish steps; who is told need not be ready for that.
        with self._lock:
            self._done += 1
            self._on_progress(Progress(self._stage, self._done, self._total, name))


def count_samples(stage: Stage, on_progress: OnProgress) -> Callable[[int, int], None]:
    """Return a function that is told how many samples are done, and of how many."""

    def on_samples(done: int, total: int) -> None:
        on_progress(Progress(stage, done, total))

    return on_samples
