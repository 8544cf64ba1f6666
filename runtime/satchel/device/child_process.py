"""Child processes of this interpreter: how they start, what limits them, how they ended.

An engine is C++, and a model can make it crash, loop for ever or take all memory. In a child that
costs one result. A child has the packages of this process and none from the working directory; it
replies on standard output, and everything else that it or its engine prints goes to a log.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, TextIO

from satchel.errors import EngineError

MAX_WRITTEN_BYTES = 4 << 20
"""Of any file that a limited process writes, its replies and its log among them"""
MEMORY_IS_LIMITED = sys.platform == "linux"
"""Elsewhere the system offers no limit that holds; the deadline does everywhere"""
_TAIL_BYTES = 4096
_MAX_WORDS = 300
"""Characters"""
_CHATTER = ("INFO", "WARNING")
"""What engines begin lines with that say nothing of an end"""


class Ending(NamedTuple):
    """How a child process ended before it had replied."""

    exit_code: int | None
    """Negative for a signal; None for a child that was killed at its deadline"""
    last_words: str
    """The last line of its log, empty where it wrote none"""

    @property
    def cause(self) -> str:
        """The name of the signal, or the exit code, in words.

        >>> Ending(-11, "").cause, Ending(3, "").cause, Ending(None, "").cause
        ('SIGSEGV', 'exit code 3', 'deadline')
        """
        if self.exit_code is None:
            return "deadline"
        if self.exit_code >= 0:
            return f"exit code {self.exit_code}"
        try:
            return signal.Signals(-self.exit_code).name
        except ValueError:
            return f"signal {-self.exit_code}"


def last_words(log: IO[bytes]) -> str:
    """Return the last line of ``log`` that is no engine's chatter, at most 300 characters."""
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - _TAIL_BYTES))
    lines = map(str.strip, log.read(_TAIL_BYTES).decode("utf-8", "replace").split("\n"))
    said = [line for line in lines if line and not line.startswith(_CHATTER)]
    return said[-1][:_MAX_WORDS] if said else ""


def run_child(
    arguments: Sequence[str], *, request: bytes, deadline_s: float, most_bytes: int
) -> bytes | Ending:
    """Return what a child of this interpreter replied to ``request``, or how it failed.

    ``arguments`` are those of the interpreter. Of a reply that is longer than ``most_bytes`` one
    byte more comes back, so that the caller can tell.

    Raises EngineError without an interpreter, OSError where the system starts no process.
    """
    # Files and not pipes: the child may write no more than its limit of a file's size.
    with tempfile.TemporaryFile() as reply, tempfile.TemporaryFile() as log:
        try:
            done = subprocess.run(  # noqa: S603 (this Python, and arguments of ours)
                _command(arguments),
                input=request,
                stdout=reply,
                stderr=log,
                env=_environment(),
                timeout=deadline_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ending(None, last_words(log))
        if done.returncode != 0:
            return Ending(done.returncode, last_words(log))
        reply.seek(0)
        return reply.read(most_bytes + 1)


class Child:
    """A child process that replies to each line with a line; started by the first one.

    One that has ended, or was killed at its deadline, is replaced for the next line.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        """``arguments`` are those of the interpreter."""
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)

    @property
    def is_running(self) -> bool:
        """Whether the next line finds a process, and need not start one."""
        return self._process is not None

    def ask(self, line: str, *, deadline_s: float) -> str | Ending:
        """Return the line that the child replies, or how it ended instead.

        Raises EngineError without an interpreter, OSError where the system starts no process.
        """
        process = self._process = self._process or self._start()
        with _killed_after(deadline_s, process) as late:
            reply = _exchange(process, line)
        if reply:
            return reply
        self.close()
        return Ending(None if late.is_set() else process.wait(), last_words(self._log))

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        self._log.close()

    def _start(self) -> subprocess.Popen[str]:
        self._log.seek(0)
        self._log.truncate()
        return subprocess.Popen(  # noqa: S603 (this Python, and arguments of ours)
            _command(self._arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=_environment(),
            text=True,
            encoding="utf-8",
        )


def _exchange(process: subprocess.Popen[str], line: str) -> str:
    """Return the reply to ``line``, empty where the process has ended."""
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except BrokenPipeError:
        return ""


@contextmanager
def _killed_after(deadline_s: float, process: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """Yield an event that is set when the block has taken too long, and the process was killed."""
    late = threading.Event()

    def kill() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(deadline_s, kill)
    # An interrupt may come at any moment: it must not leave a timer that this process waits for.
    timer.daemon = True
    try:
        timer.start()
        yield late
    finally:
        timer.cancel()


def reply_stream() -> TextIO:
    """Return the standard output of a child, for its replies.

    What engines print to it from now on, to the file descriptor and not through Python, goes to
    standard error.
    """
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return stream


def limit_this_process(memory_bytes: int) -> None:
    """Let this process take ``memory_bytes`` more than it has (Linux), and write small files only.

    Lower limits that there are already stay. On Windows nothing is limited.
    """
    if sys.platform == "win32":
        return
    import resource

    # A crash here is expected: it leaves no file behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)


def _lower(kind: int, most: int) -> None:
    """Set a limit, unless there is a lower one already."""
    import resource

    soft, hard = resource.getrlimit(kind)
    limits = [limit for limit in (soft, hard, most) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(kind, (min(limits), hard))


def _command(arguments: Sequence[str]) -> list[str]:
    if not sys.executable or getattr(sys, "frozen", False):
        raise EngineError("Expected a Python interpreter to start a child process with, got none.")
    # -P: the folder that it is started in may hold modules of the same names.
    return [sys.executable, "-P", *arguments]


def _environment() -> Mapping[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "ORT_DISABLE_TELEMETRY": "1",
    }
