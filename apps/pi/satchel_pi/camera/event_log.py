"""Writes events as JSON Lines. Whatever becomes of the file, the camera goes on."""

import errno
import functools
import json
import os
import stat
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from satchel.errors import OutputError
from satchel_pi.camera.events import Event, EventDetector
from satchel_pi.camera.watcher import Sighting

try:
    import fcntl
except ImportError:  # Windows has no such locks.
    fcntl = None  # type: ignore[assignment]

MOST_WAITING = 1000
"""The number of events that wait for a file that cannot be written."""
RETRY_S = 5.0
"""The time between two attempts to write what waits."""
LONGEST_LOCK_S = 1.0
"""The longest time to wait for another process that writes into the same file."""


class EventLog:
    """Writes events as lines. What cannot be written waits until it can."""

    def __init__(
        self,
        name: str,
        append: Callable[[bytes], None],
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Give all lines to ``append``, which raises OSError. ``say`` gets a line when it does."""
        self._name = name
        self._append = append
        self._say = say
        self._clock = clock
        self._waiting: deque[bytes] = deque()
        self._lost = 0
        self._failure = ""
        self._next_try = -float("inf")

    def write(self, events: Iterable[Event]) -> None:
        """Append each of ``events`` as a line.

        If that fails, it is said once. What waits, MOST_WAITING events at most, is written when
        that is possible again: each call tries it, after RETRY_S.

        Raises BrokenPipeError if nobody reads them any more.
        """
        for event in events:
            self._waiting.append(json.dumps(event.to_json()).encode("ascii") + b"\n")
            if len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
                self._lost += 1
        if self._waiting and self._clock() >= self._next_try:
            self._try()

    def close(self) -> None:
        """Append what still waits, or say how many events are lost."""
        if self._waiting:
            self._try()
        lost = self._lost + len(self._waiting)
        if lost:
            self._say(f"Expected to write all events to {self._name}, {lost} are lost.")

    def _try(self) -> None:
        try:
            self._append(b"".join(self._waiting))
        except BrokenPipeError:
            raise
        except OSError as error:
            self._next_try = self._clock() + RETRY_S
            if self._failure != _why(error):
                self._failure = _why(error)
                self._say(
                    f"Expected to write events to {self._name}, got: {self._failure}. The camera"
                    f" goes on; the last {MOST_WAITING} events wait for room or a folder."
                )
            return
        if self._failure:
            lost = f", {self._lost} are lost" if self._lost else ""
            self._say(f"writes events to {self._name} again{lost}")
        self._waiting.clear()
        self._lost, self._failure = 0, ""


def open_event_log(
    place: str,
    *,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> EventLog:
    """Return a log that appends to the file ``place``, or to standard output for ``-``.

    The file is made if there is none, and opened anew each time, because another program may
    rotate it.

    Raises OutputError for a file that cannot be written, or that holds something else than events.
    """
    if place == "-":
        return EventLog("standard output", _StandardOutput(), say=say, clock=clock)
    append = functools.partial(append_lines, Path(place))
    try:
        append(b"")
    except (OSError, ValueError) as error:
        raise OutputError(
            f"Expected a file for events in a folder that can be written, got {place!r}:"
            f" {_why(error)}. '-' is standard output."
        ) from error
    with Path(place).open("rb") as file:
        if file.read(1) not in (b"", b"{"):
            raise OutputError(
                f"Expected a new file for events or one that holds events, got {place!r}, which"
                " holds something else: choose another name."
            )
    return EventLog(repr(place), append, say=say, clock=clock)


class _StandardOutput:
    """Appends lines to standard output, without its buffer: that forgets what it cannot write."""

    def __init__(self) -> None:
        self._is_torn = False

    def __call__(self, lines: bytes) -> None:
        sys.stdout.flush()
        out = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        rest = b"\n" + lines if self._is_torn else lines
        while rest:
            written = out.write(rest)
            if written is None:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            rest = rest[written:]
            self._is_torn = bool(rest)


def append_lines(path: Path, lines: bytes) -> None:
    """Append ``lines`` to the file at ``path``, all or none. An empty file is made if need be.

    If the process that wrote before was killed in the middle of a line, that is ended first. Other
    processes that append by this function wait meanwhile, where the file system has locks.

    Raises OSError if it cannot be written, is no regular file, or another process writes for longer
    than LONGEST_LOCK_S, ValueError for a path with a NUL.
    """
    with suppress(FileNotFoundError):
        # Before it is opened, because opening a device can already have an effect.
        _check_regular(path.stat())
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "r+b", buffering=0) as file:
        _check_regular(os.fstat(file.fileno()))
        with _locked(file.fileno()):
            _append(file, lines)


@contextmanager
def _locked(file: int) -> Iterator[None]:
    """Keep other processes that do the same from the open file ``file``."""
    if fcntl is not None:
        last = time.monotonic() + LONGEST_LOCK_S
        while not _lock(file):
            if time.monotonic() > last:
                raise TimeoutError("another process has locked it")
            time.sleep(0.005)
    # Closing the file ends the lock, even if the process is killed.
    yield


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # A file system without locks, such as some network ones: as on Windows.
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    return True


def _append(file: FileIO, lines: bytes) -> None:
    size = file.seek(0, os.SEEK_END)
    if size and lines:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            lines = b"\n" + lines
    written = 0
    try:
        while written < len(lines):
            written += file.write(lines[written:])
    except OSError:
        # Half a line would make the file one that no program reads. Not if others have
        # appended meanwhile.
        if written and os.fstat(file.fileno()).st_size == size + written:
            file.truncate(size)
        raise


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is not a regular file")


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


class EventRecorder:
    """Finds the events in what a camera sees, and writes them."""

    def __init__(self, detector: EventDetector, log: EventLog) -> None:
        """Write what ``detector`` finds to ``log``."""
        self._detector = detector
        self._log = log

    def see(self, sighting: Sighting) -> None:
        """Write the events of this frame, if there are any, and what waits."""
        self._log.write(self._detector.see(sighting))

    def end(self) -> None:
        """Write the ends of the labels that are there: no frame comes any more."""
        self._log.write(self._detector.end())
        self._log.close()
