"""Runs ``satchel`` as a process: handles Ctrl-C at any moment, and closed standard streams.

Only the installed command starts here. A program may call ``satchel.cli.main``, so that function
leaves alone what belongs to the whole process: its signals and its file descriptors. No module of
Satchel is imported before the handler for interrupts is set.
"""

import os
import signal
import sys
from typing import NoReturn

_INTERRUPTED = 130
_WRONG_USE = 2
_interrupts: list[bool] = []
"""Not empty if Ctrl-C was pressed."""


def main() -> None:
    """Run the command line of this process and end it with the exit code."""
    # A process that was started in the background may have been told to ignore interrupts.
    heeds = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeds:
        signal.signal(signal.SIGINT, _end_before_the_start)
    if not _open_standard_streams():
        sys.exit(_WRONG_USE)
    from satchel.cli.program import main
    from satchel.engines import start_line

    start_line.keep_off()
    if heeds:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        code = main()
    except ImportError:
        # NumPy and the engines turn an interrupt of their import into such an error, of pages.
        if not _interrupts:
            raise
        _end_before_the_start()
    if heeds:
        # Only the interpreter is left to clean up, and an interrupt there would print a traceback.
        signal.signal(signal.SIGINT, _end_at_once)
    sys.exit(code)


def _end_before_the_start(*_: object) -> NoReturn:
    """End the process at once: it has not begun anything that must be cleaned up."""
    os.write(2, b"satchel: interrupted\n")
    os._exit(_INTERRUPTED)


def _interrupt(*_: object) -> None:
    """Raise KeyboardInterrupt, so that the command cleans up. A second interrupt does not wait."""
    signal.signal(signal.SIGINT, _end_at_once)
    _interrupts.append(True)
    raise KeyboardInterrupt


def _end_at_once(*_: object) -> None:
    os._exit(_INTERRUPTED)


def _open_standard_streams() -> bool:
    """Open the standard streams that are closed; return whether standard output was open.

    Otherwise the next file that is opened would get the number of a closed stream, and an engine
    would print into that file. Reading from a closed standard input still fails, and what is
    written to a closed standard error is lost.
    """
    closed = [number for number in (0, 1, 2) if not _is_open(number)]
    for number in closed:
        # The system gives the lowest free number, which is this one.
        os.open(
            os.devnull, os.O_RDWR if number == 2 else os.O_WRONLY if number == 0 else os.O_RDONLY
        )
    if 0 in closed:
        sys.stdin = os.fdopen(0, closefd=False)
    if 2 in closed:
        sys.stderr = os.fdopen(2, "w", closefd=False)
    if 1 in closed:
        os.write(2, b"satchel: Expected a standard output to print to, got a closed one.\n")
    return 1 not in closed


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
