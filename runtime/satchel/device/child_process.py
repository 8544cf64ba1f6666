"""Starts child processes of this interpreter, limits them and reports how they ended.

An engine is C++, and a model can make it crash, loop for ever or take all memory. In a child
process this costs one result. A child has the packages of this process, and none from the working
directory. It replies on standard output, and whatever else it or its engine prints goes to a log.
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
"""The largest size of any file that a limited process writes, replies and log included."""
MEMORY_IS_LIMITED = sys.platform == "linux"
"""Whether the memory limit works. Other systems offer none that holds; the deadline always does."""
_TAIL_BYTES = 4096
_MAX_WORDS = 300
"""The largest number of characters of a log's last line."""
_GIVES_MEMORY_BACK = {"MALLOC_MMAP_THRESHOLD_": str(4 << 20), "MALLOC_ARENA_MAX": "1"}
"""Settings of glibc. Without them it keeps what a large image took, in several arenas."""
_CHATTER = ("INFO", "WARNING")
"""The first words of those lines of an engine that do not explain why it ended."""


class Ending(NamedTuple):
    """How a child process ended before it had replied."""

    exit_code: int | None
    """The exit code, negative for a signal. None for a child that was killed at its deadline."""
    last_words: str
    """The last line of its log, empty if it wrote none."""

    @property
    def cause(self) -> str:
        """The cause in words: the name of the signal, the exit code or the deadline.

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
    """Return the last line of ``log`` that explains an end, at most 300 characters."""
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - _TAIL_BYTES))
    lines = map(str.strip, log.read(_TAIL_BYTES).decode("utf-8", "replace").split("\n"))
    said = [line for line in lines if line and not line.startswith(_CHATTER)]
    return said[-1][:_MAX_WORDS] if said else ""


def run_child(
    arguments: Sequence[str], *, request: bytes, deadline_s: float, most_bytes: int
) -> bytes | Ending:
    """Return the reply of a child of this interpreter to ``request``, or how the child ended.

    ``arguments`` are the interpreter's. A reply that is longer than ``most_bytes`` comes back cut
    to one byte more, so that the caller can tell.

    Raises EngineError without an interpreter, OSError if the system cannot start a process.
    """
    # Files and not pipes, because the limit of a file's size then holds for the replies too.
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
    """A child process that replies to each line with a line. The first line starts it.

    If it has ended or was killed at its deadline, the next line starts a new one.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        """Prepare a child. ``arguments`` are the interpreter's."""
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)

    @property
    def is_running(self) -> bool:
        """Whether there is a process. Without one, the next line starts it."""
        return self._process is not None

    def ask(self, line: str, *, deadline_s: float) -> str | Ending:
        """Return the line that the child replies, or how the child ended.

        Raises EngineError without an interpreter, OSError if the system cannot start a process.
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


def start_child(
    arguments: Sequence[str], *, descriptors: Sequence[int], log: IO[bytes]
) -> subprocess.Popen[str]:
    """Return a child of this interpreter that has these open file descriptors, and no input.

    What it prints goes to ``log``. Signals of a terminal do not reach it. On Linux it gives large
    memory back to the system at once, because it lives long. Not for Windows.

    Raises EngineError without an interpreter, OSError if the system cannot start a process.
    """
    return subprocess.Popen(  # noqa: S603 (this Python, and arguments of ours)
        _command(arguments),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**_environment(), **_GIVES_MEMORY_BACK},
        pass_fds=descriptors,
        start_new_session=True,
        text=True,
    )


def _exchange(process: subprocess.Popen[str], line: str) -> str:
    """Return the reply to ``line``, empty if the process has ended."""
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
    """Kill the process if the block takes too long. Yield an event that is set by then."""
    late = threading.Event()

    def kill() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(deadline_s, kill)
    # An interrupt may come at any moment, and this process must not wait for a timer then.
    timer.daemon = True
    try:
        timer.start()
        yield late
    finally:
        timer.cancel()


def reply_stream() -> TextIO:
    """Return a stream to the standard output of this child process, for its replies.

    From now on, what engines print to the file descriptor of standard output goes to standard
    error.
    """
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return stream


def limit_this_process(memory_bytes: int) -> None:
    """Limit this process to ``memory_bytes`` beyond what it has (on Linux), and to small files.

    Lower limits that exist already stay. On Windows nothing is limited.
    """
    if sys.platform == "win32":
        return
    import resource

    # A crash is expected here, and must not leave a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)


def _lower(kind: int, most: int) -> None:
    """Set a limit, unless a lower one exists already."""
    import resource

    soft, hard = resource.getrlimit(kind)
    limits = [limit for limit in (soft, hard, most) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(kind, (min(limits), hard))


def _command(arguments: Sequence[str]) -> list[str]:
    if not sys.executable or getattr(sys, "frozen", False):
        raise EngineError("Expected a Python interpreter to start a child process with, got none.")
    # -P, because the working directory may hold modules of the same names.
    return [sys.executable, "-P", *arguments]


def _environment() -> Mapping[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "ORT_DISABLE_TELEMETRY": "1",
    }
