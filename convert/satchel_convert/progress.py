"""Reports the progress of the work to a function of the caller."""

from collections.abc import Callable
from threading import Lock
from typing import Literal, NamedTuple, TypeAlias

Stage: TypeAlias = Literal[
    "converting", "running the float model", "verifying", "comparing", "explaining"
]


class Progress(NamedTuple):
    """The progress of one stage of the work."""

    stage: Stage
    done: int
    """The number of finished steps or samples"""
    total: int
    """The approximate number of all steps or samples"""
    step: str | None = None
    """The name of the step that has just finished; None if samples are counted"""


OnProgress: TypeAlias = Callable[[Progress], None]
"""Receives the progress. The calls come one at a time, but not always from the same thread."""


def silent(progress: Progress) -> None:
    """Ignore the progress."""


class Steps:
    """Counts the named steps of one stage and reports each to ``on_progress``, one at a time."""

    def __init__(self, stage: Stage, total: int, on_progress: OnProgress) -> None:
        self._stage: Stage = stage
        self._total = total
        self._on_progress = on_progress
        self._done = 0
        self._lock = Lock()
        on_progress(Progress(stage, 0, total))

    def finish(self, name: str) -> None:
        """Count the step called ``name``."""
        # Several threads finish steps, and the caller's function need not be thread-safe.
        with self._lock:
            self._done += 1
            self._on_progress(Progress(self._stage, self._done, self._total, name))


def count_samples(stage: Stage, on_progress: OnProgress) -> Callable[[int, int], None]:
    """Return a function that reports a number of finished samples and the number of all."""

    def on_samples(done: int, total: int) -> None:
        on_progress(Progress(stage, done, total))

    return on_samples
