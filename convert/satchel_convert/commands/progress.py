"""Shows progress on standard error, if that is a terminal."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from satchel.cli import printable

if TYPE_CHECKING:
    from rich.console import Console

    from satchel_convert.progress import OnProgress, Progress


@contextmanager
def shown_progress() -> Iterator["OnProgress"]:
    """Show a bar for the current stage; yield the function that receives the progress."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    with (
        _shown_warnings(console),
        Bars(console=console, transient=True, disable=not sys.stderr.isatty()) as bars,
    ):
        bar = bars.add_task("")

        def show(progress: "Progress") -> None:
            bars.update(
                bar,
                completed=progress.done,
                total=progress.total,
                description=_description(progress),
            )

        yield show


@contextmanager
def _shown_warnings(console: "Console") -> Iterator[None]:
    """Print what the library warns of, such as files that a folder's walk left out."""
    handler = logging.Handler()
    handler.emit = lambda record: console.print(  # type: ignore[method-assign]
        printable(record.getMessage()), markup=False, highlight=False, soft_wrap=True
    )
    logger = logging.getLogger("satchel_convert")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _description(progress: "Progress") -> str:
    if progress.step is not None:
        return f"{progress.stage}: {progress.step}"
    if progress.done == 0:
        return progress.stage
    return f"{progress.stage}: {progress.done:,} of {progress.total:,}"
