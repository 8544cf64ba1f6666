"""Progress on standard error, where a terminal looks on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a progress bar on standard error if a terminal looks on; yield what advances it."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(what, total=total)

        def on_done(name: str) -> None:
            bar.update(task, advance=1, description=f"{what}: {name}")

        yield on_done
