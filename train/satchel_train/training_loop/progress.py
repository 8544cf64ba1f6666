"""How a training says how far it is."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from satchel_train.training_loop.history import AnyEpoch

NOTHING: Mapping[str, float] = {}


class Progress(NamedTuple):
    """How far one training is."""

    done: int
    """Steps (batches) that are finished, of all epochs"""
    total: int
    """Steps of all epochs"""
    epoch: int = 0
    """Epochs that are finished"""
    epochs: int = 0
    """Epochs in all, at most; 0 where the work has none"""
    measured: Mapping[str, float] = NOTHING
    """What was measured at this moment, by name, such as ``val_accuracy`` (0 to 1) and
    ``seconds``: at the end of an epoch, and empty in between"""
    part: str = ""
    """Which of several trainings this is, such as ``fold 2 of 5``; empty for the only one"""


OnProgress: TypeAlias = Callable[[Progress], None]
"""Is told of every step and every epoch, in the thread that trains"""


def silent(progress: Progress) -> None:
    """Tell nobody."""


def in_part(part: str, on_progress: OnProgress) -> OnProgress:
    """Return a function that tells ``on_progress`` that all it is told is of ``part``."""
    return lambda progress: on_progress(progress._replace(part=part))


class EpochReport:
    """Counts the steps and epochs of one training and tells ``on_progress`` of each."""

    def __init__(self, on_progress: OnProgress, *, epochs: int, steps: int, done: int = 0) -> None:
        """Begin with ``done`` of ``epochs`` finished, each of so many ``steps``."""
        self._on_progress = on_progress
        self._steps = steps
        self._now = Progress(done * steps, epochs * steps, done, epochs)
        on_progress(self._now)

    def step_ended(self) -> None:
        """Count a batch."""
        self._now = self._now._replace(done=self._now.done + 1)
        self._on_progress(self._now)

    def epoch_ended(self, epoch: AnyEpoch) -> None:
        """Count an epoch, with what it measured."""
        finished = self._now.epoch + 1
        self._now = self._now._replace(done=finished * self._steps, epoch=finished)
        found = {name: value for name, value in epoch._asdict().items() if value is not None}
        self._on_progress(self._now._replace(measured=found))
