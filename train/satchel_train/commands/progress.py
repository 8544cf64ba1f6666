"""Shows progress on standard error: a bar on a terminal, plain lines in a log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from satchel_train.training_loop.progress import OnProgress, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars, TaskID


@contextmanager
def show_progress() -> Iterator[OnProgress]:
    """Yield a function that shows each progress that it gets on standard error."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()


class _Lines:
    """Prints a line for every training, and for every progress with measured figures."""

    def __init__(self) -> None:
        self._part = ""

    def __call__(self, progress: Progress) -> None:
        if progress.part != self._part:
            self._part = progress.part
            print(self._part, file=sys.stderr, flush=True)
        if progress.measured:
            seconds = progress.measured.get("seconds")
            time = "" if seconds is None else f"  {seconds:.1f} s"
            found = _found(progress, [name for name in progress.measured if name != "seconds"])
            print(f"{_place(progress)}{found}{time}", file=sys.stderr, flush=True)


class _Bar:
    """Moves one bar for all epochs, with the figures of the last epoch."""

    def __init__(self) -> None:
        self._part = ""
        self._bars: Bars | None = None
        self._task: TaskID | None = None

    def __call__(self, progress: Progress) -> None:
        if self._bars is None or progress.part != self._part:
            self._begin(progress)
        assert self._bars is not None, "it has begun"
        assert self._task is not None, "it has begun"
        self._bars.update(self._task, completed=progress.done)
        if progress.measured:
            # Show an accuracy rather than its loss, so that all fits into 80 columns.
            names = [name for name in progress.measured if name != "seconds"]
            shown = [name for name in names if "accuracy" in name] or names[:2]
            description = f"{_place(progress)}{_found(progress, shown)}"
            self._bars.update(self._task, description=description)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bars is not None:
            self._bars.stop()

    def _begin(self, progress: Progress) -> None:
        # Begin only with the first step: the download of data shows a bar of its own.
        from rich.console import Console
        from rich.progress import BarColumn, Progress as Bars, TextColumn, TimeElapsedColumn

        self._part = progress.part
        if self._bars is None:
            columns = (BarColumn(bar_width=20), TextColumn("{task.description}"))
            self._bars = Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True))
            self._bars.start()
        if self._part:
            self._bars.console.print(self._part, highlight=False, markup=False)
        next_one = min(progress.epoch + 1, progress.epochs)
        description = f"epoch {next_one}/{progress.epochs}" if progress.epochs else "step"
        self._task = self._bars.add_task(description, total=progress.total, completed=progress.done)


def _place(progress: Progress) -> str:
    if progress.epochs:
        return f"epoch {progress.epoch}/{progress.epochs}"
    return f"step {progress.done}/{progress.total}"


def _found(progress: Progress, names: list[str]) -> str:
    return "".join(f"  {name} {progress.measured[name]:.4f}" for name in names)
