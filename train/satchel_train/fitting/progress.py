"""Progress on standard error: a bar on a terminal, plain lines in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from satchel_train.fitting.history import AnyEpoch

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class EpochReport(Protocol):
    """Is told of every step and every epoch."""

    def step_ended(self) -> None:
        """Show that a batch is done."""

    def epoch_ended(self, epoch: AnyEpoch) -> None:
        """Show what the epoch measured."""


@contextmanager
def open_progress(*, epochs: int, steps: int, done: int = 0) -> Iterator[EpochReport]:
    """Yield the report of a training of ``epochs``, ``done`` already, each of so many ``steps``."""
    if not sys.stderr.isatty():
        yield _EpochLines(epochs, done)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=20), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        description = f"epoch {min(done + 1, epochs)}/{epochs}"
        task = progress.add_task(description, total=epochs * steps, completed=done * steps)
        yield _EpochBar(progress, task, epochs, done)


@contextmanager
def open_download_progress(
    name: str, *, done: int, total: int | None
) -> Iterator[Callable[[int], None]]:
    """Yield what to call with the number of bytes that have just arrived."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, completed=done, total=total)
        yield lambda count: progress.advance(task, count)


class _EpochLines:
    """One line an epoch."""

    def __init__(self, epochs: int, done: int) -> None:
        self._epochs = epochs
        self._done = done

    def step_ended(self) -> None:
        """Stay quiet: a log wants no line a batch."""

    def epoch_ended(self, epoch: AnyEpoch) -> None:
        """Print the epoch's line."""
        self._done += 1
        found = "".join(f"  {name} {value:.4f}" for name, value in _measured(epoch).items())
        print(
            f"epoch {self._done}/{self._epochs}{found}  {epoch.seconds:.1f} s",
            file=sys.stderr,
            flush=True,
        )


class _EpochBar:
    """One bar for all epochs, with what the last one measured."""

    def __init__(self, progress: "Progress", task: "TaskID", epochs: int, done: int) -> None:
        self._progress = progress
        self._task = task
        self._epochs = epochs
        self._done = done

    def step_ended(self) -> None:
        """Move the bar."""
        self._progress.advance(self._task)

    def epoch_ended(self, epoch: AnyEpoch) -> None:
        """Show beside the bar what fits into 80 columns."""
        self._done += 1
        measured = _measured(epoch)
        # An accuracy says more than the loss it comes with.
        shown = [name for name in measured if "accuracy" in name] or list(measured)[:2]
        found = "".join(f"  {name} {measured[name]:.4f}" for name in shown)
        self._progress.update(self._task, description=f"epoch {self._done}/{self._epochs}{found}")


def _measured(epoch: AnyEpoch) -> dict[str, float]:
    return {
        name: value
        for name, value in epoch._asdict().items()
        if name != "seconds" and value is not None
    }
