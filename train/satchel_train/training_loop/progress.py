"""Reports the progress of a training."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from satchel_train.training_loop.history import AnyEpoch

NOTHING: Mapping[str, float] = {}


class Progress(NamedTuple):
    """The progress of one training."""

    done: int
    """The number of finished steps (batches) of all epochs."""
    total: int
    """The number of steps of all epochs."""
    epoch: int = 0
    """The number of finished epochs."""
    epochs: int = 0
    """The largest number of epochs; 0 for work without epochs."""
    measured: Mapping[str, float] = NOTHING
    """The figures of the epoch that has just ended by name, such as ``val_accuracy`` (0 to 1) and
    ``seconds``. It is empty at all other steps."""
    part: str = ""
    """The name of one of several trainings, such as ``fold 2 of 5``; empty for a single one."""


OnProgress: TypeAlias = Callable[[Progress], None]
"""A function that is called at every step and every epoch, in the thread that trains."""


def silent(progress: Progress) -> None:
    """Ignore ``progress``."""


def in_part(part: str, on_progress: OnProgress) -> OnProgress:
    """Return a function that passes each progress on to ``on_progress``, named ``part``."""
    return lambda progress: on_progress(progress._replace(part=part))


class EpochReport:
    """Counts the steps and epochs of one training and calls ``on_progress`` at each."""

    def __init__(self, on_progress: OnProgress, *, epochs: int, steps: int, done: int = 0) -> None:
        """Begin after ``done`` finished epochs of ``epochs``. Each epoch has ``steps`` steps."""
        self._on_progress = on_progress
        self._steps = steps
        self._now = Progress(done * steps, epochs * steps, done, epochs)
        on_progress(self._now)

    def step_ended(self) -> None:
        """Count a finished step."""
        self._now = self._now._replace(done=self._now.done + 1)
        self._on_progress(self._now)

    def epoch_ended(self, epoch: AnyEpoch) -> None:
        """Count a finished epoch, and report its figures."""
        finished = self._now.epoch + 1
        self._now = self._now._replace(done=finished * self._steps, epoch=finished)
        found = {name: value for name, value in epoch._asdict().items() if value is not None}
        self._on_progress(self._now._replace(measured=found))
