"""The ``satchel`` command as a process: Ctrl-C at any moment, and standard streams that are closed.

Only the installed command starts here: what concerns the whole process, its signals and its file
descriptors, is no business of ``satchel.cli.main``, which a program may call. Nothing of Satchel is
imported before an interrupt is taken care of.
"""

import os
import signal
import sys

_INTERRUPTED = 130
_WRONG_USE = 2


def main() -> None:
    """Run the command line of this process and end it with the exit code."""
    # Who starts a process in the background may have asked it to ignore an interrupt.
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
    code = main()
    if heeds:
        # Nothing is left to clean up but the interpreter, which would show where it was.
        signal.signal(signal.SIGINT, _end_at_once)
    sys.exit(code)


def _end_before_the_start(*_: object) -> None:
    """End the process; it has begun nothing yet."""
    os.write(2, b"satchel: interrupted\n")
    os._exit(_INTERRUPTED)


def _interrupt(*_: object) -> None:
    """Let the command clean up; a second interrupt does not wait for that."""
    signal.signal(signal.SIGINT, _end_at_once)
    raise KeyboardInterrupt


def _end_at_once(*_: object) -> None:
    os._exit(_INTERRUPTED)


def _open_standard_streams() -> bool:
    """Return whether there is a standard output, after what else is closed was opened.

    The next file to be opened would get the number of a closed stream, and what an engine prints
    would be written into it. To read of a closed standard input fails, as it did; what would go to
    a closed standard error goes nowhere.
    """
    closed = [number for number in (0, 1, 2) if not _is_open(number)]
    for number in closed:
        # The lowest number that is free is this one.
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
