"""Prints what was found in the data, one line each, instead of Python's own form of warnings."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from satchel_train.errors import DataWarning


@contextmanager
def print_data_warnings() -> Iterator[None]:
    """Make a context in which each DataWarning is one line on standard error."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, DataWarning):
                print(message, file=sys.stderr, flush=True)
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        # A program that runs the command twice is told twice.
        warnings.filterwarnings("always", category=DataWarning)
        yield
