"""Runs one function in a child process with a deadline.

A converter that crashes, hangs or prints costs one ConversionError and not the run. The children
are forked from a server that has imported TensorFlow once: that import is most of a conversion's
time.
"""

import functools
import multiprocessing
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, TypeVar

from satchel.device import Ending, last_words
from satchel.errors import SatchelError
from satchel_convert.errors import ConversionError

Result = TypeVar("Result")

_LOCK = threading.Lock()
_COLOUR = re.compile("\x1b\\[[0-9;]*m")

DEADLINE_S = 600.0
"""Seconds that one conversion may take, far above the slowest known one"""
CONVERTERS = ("tensorflow", "satchel_convert.conversion.jobs")
"""The modules that every conversion imports"""


def run_isolated(
    function: Callable[..., Result],
    arguments: tuple[Any, ...],
    *,
    deadline_s: float = DEADLINE_S,
    preload: tuple[str, ...] = CONVERTERS,
) -> Result:
    """Run ``function`` in a child process and return its result.

    ``function`` must be importable by name. ``preload`` names the modules that the fork server
    imports before it forks. There is one server, so the first call decides for all later ones. The
    child processes import the main module: a script needs the guard ``if __name__ == "__main__"``.

    Raises ConversionError with the reason if the function raises, crashes or takes longer than
    ``deadline_s``.
    """
    found = call_in_child(_context(preload), function, arguments, deadline_s=deadline_s)
    if not isinstance(found, Ending):
        return found
    if found.exit_code is None:
        raise ConversionError(f"took longer than the deadline of {deadline_s:g} s")
    said = f", its last line: {found.last_words}" if found.last_words else ""
    raise ConversionError(f"the converter crashed ({found.cause}){said}")


def call_in_child(
    context: BaseContext,
    function: Callable[..., Result],
    arguments: tuple[Any, ...],
    *,
    deadline_s: float,
) -> Result | Ending:
    """Run ``function`` in a child of ``context``; return its result, or how the child ended.

    Raises ConversionError with the reason if the function raises, or if the child cannot import
    the main module.
    """
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="satchel-") as folder:
        log = Path(folder) / "log"
        # Every context has Process, but the base class does not declare it.
        child = context.Process(  # type: ignore[attr-defined]
            target=_child, args=(sender, log, function, arguments)
        )
        child.start()
        # The child holds the only open end now: when it dies, the pipe ends.
        sender.close()
        try:
            if not receiver.poll(deadline_s):
                return Ending(None, _last_words(log))
            result, failure = receiver.recv()
        except EOFError:
            child.join()
            _check_started(child.exitcode, log)
            return Ending(child.exitcode, _last_words(log))
        finally:
            child.kill()
            child.join()
            receiver.close()
    if failure is not None:
        raise ConversionError(failure)
    returned: Result = result
    return returned


def _context(preload: tuple[str, ...] = CONVERTERS) -> BaseContext:
    # Several threads may come here first at once, and they share the file descriptors below.
    with _LOCK:
        return _start_context(preload)


@functools.cache
def _start_context(preload: tuple[str, ...]) -> BaseContext:
    # Set for the children: tf2onnx orders nodes by the hashes of their names. The seed is not 0,
    # because the -R that Python passes to its children would undo that.
    os.environ["PYTHONHASHSEED"] = "1"
    # On other systems, a process that has loaded system frameworks does not survive a fork.
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*preload])
    # TensorFlow writes to standard error while it is imported, and the server inherits ours.
    sys.stderr.flush()
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    try:
        forkserver.ensure_running()
    finally:
        os.dup2(kept, 2)
        os.close(silence)
        os.close(kept)
    return context


def _child(
    sender: Connection, log: Path, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    # Converters write to the file descriptors from C++, not through sys.stdout.
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    try:
        sender.send((function(*arguments), None))
    except SatchelError as error:
        sender.send((None, str(error)))
    except Exception as error:  # noqa: BLE001 - sent on to the parent, which raises it
        # Every exception of a converter becomes one row of the report.
        sender.send((None, f"{type(error).__name__}: {_reason(error)}"))


def _reason(error: Exception) -> str:
    """Return the first line that gives a reason; Keras's first line names only the place."""
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).split("\n")]
    reasons = [line for line in lines if line and not line.startswith("Exception encountered when")]
    return reasons[0][:300] if reasons else type(error).__name__


def _last_words(log: Path) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        return last_words(file)


def _check_started(exit_code: int | None, log: Path) -> None:
    """Raise ConversionError for a child that ended while it imported the main module.

    A script without a guard tries to start child processes during that import. Python refuses.
    """
    if exit_code == 1 and not log.exists():
        raise ConversionError(
            "the child process did not start: it imports the main module, so a script needs"
            ' the guard if __name__ == "__main__": around what it does'
        )
