"""Progress on standard error, where a terminal looks on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from satchel_convert.verification.answers import OnSamples


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a progress bar on standard error if a terminal looks on; yield what advances it."""
    with _bar() as bar:
        task = bar.add_task(what, total=total)

        def on_done(name: str) -> None:
            bar.update(task, advance=1, description=f"{what}: {name}")

        yield on_done


@contextmanager
def samples_progress(what: str) -> Iterator["OnSamples"]:
    """Show the same for samples; yield what is told how many are done, and of how many."""
    with _bar() as bar:
        task = bar.add_task(what, total=None)

        def on_done(done: int, total: int) -> None:
            bar.update(
                task, completed=done, total=total, description=f"{what}: {done:,} of {total:,}"
            )

        yield on_done


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
