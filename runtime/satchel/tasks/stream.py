"""Classifies the newest frame of a camera. Frames that are replaced are dropped and counted."""

import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable
from typing import Generic, NamedTuple, TypeVar

from satchel.errors import SatchelError
from satchel.inference.prediction import Prediction

FrameT = TypeVar("FrameT")

CLOSE_S = 5.0
"""The seconds in which a source must return its next frame after the stream is closed."""


class FrameResult(NamedTuple, Generic[FrameT]):
    """The result for one frame of a stream."""

    number: int
    """The number of the frame in its source, from 0."""
    frame: FrameT
    predictions: list[Prediction]
    """The predictions, best first. Empty if there is an error."""
    error: SatchelError | None
    """Why this frame could not be classified. None if it could."""
    dropped: int
    """The number of frames before this one that were replaced before they were classified."""
    seconds: float
    """The time that the classification took."""


def classify_latest(
    classify: Callable[[FrameT], list[Prediction]],
    frames: Iterable[FrameT],
    *,
    clock: Callable[[], float] = time.perf_counter,
    close_s: float = CLOSE_S,
) -> Generator[FrameResult[FrameT], None, None]:
    """Yield the result of ``classify`` for the newest frame, each time the caller asks for one.

    A thread reads ``frames`` all the time and keeps only the newest, so that neither a slow
    classification nor a slow caller makes a camera wait. A SatchelError of ``classify`` is the
    result of that frame, and the stream goes on. The last frame is never dropped.

    Raises what ``frames`` raises, after the frame before it, and other errors of ``classify``.

    Closing the generator ends the thread, which closes ``frames`` if that is a generator too. If
    the source waits for longer than ``close_s``, the thread stays and a RuntimeWarning says so.
    """
    newest: _Newest[FrameT] = _Newest()
    # A camera that hangs must not keep the process from ending.
    reader = threading.Thread(
        target=_read, args=(frames, newest), name="satchel-frames", daemon=True
    )
    reader.start()
    results = 0
    try:
        while (numbered := newest.take()) is not None:
            number, frame = numbered
            predictions: list[Prediction] = []
            error: SatchelError | None = None
            started = clock()
            try:
                predictions = classify(frame)
            except SatchelError as refused:
                error = refused
            seconds = clock() - started
            yield FrameResult(number, frame, predictions, error, number - results, seconds)
            results += 1
    finally:
        newest.close()
        # A generator that was never closed is collected as garbage, which may happen in any thread.
        if threading.current_thread() is not reader:
            reader.join(close_s)
            if reader.is_alive():
                warnings.warn(
                    f"Expected the source of frames to return within {close_s:g} s, got one that"
                    " still waits and keeps its thread: give its reading a time limit.",
                    RuntimeWarning,
                    stacklevel=2,
                )
    if newest.failure is not None:
        raise newest.failure


class _Newest(Generic[FrameT]):
    """A place for one frame, where a newer frame replaces an older one."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self._changed = threading.Condition()
        self._count = 0
        self._waiting: tuple[int, FrameT] | None = None
        self._ended = False
        self._closed = False

    def put(self, frame: FrameT) -> bool:
        """Make ``frame`` the newest; return whether another one is wanted."""
        with self._changed:
            self._waiting = (self._count, frame)
            self._count += 1
            self._changed.notify()
            return not self._closed

    def end(self, failure: BaseException | None) -> bool:
        """End the stream, with the reason if it failed; return whether anybody still reads it."""
        with self._changed:
            self._ended, self.failure = True, failure
            self._changed.notify()
            return not self._closed

    def take(self) -> tuple[int, FrameT] | None:
        """Wait for a frame and return the newest with its number, None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._ended)
            newest, self._waiting = self._waiting, None
            return newest

    def close(self) -> None:
        """Say that no frame is wanted any more."""
        with self._changed:
            self._closed = True
            self._waiting = None


def _read(frames: Iterable[FrameT], newest: _Newest[FrameT]) -> None:
    """Put every frame into ``newest`` until no more come or none is wanted."""
    try:
        source = iter(frames)
        for frame in source:
            if not newest.put(frame):
                break
        if isinstance(source, Generator):
            # Closed here, in its own thread, so that the camera is released now and not later.
            source.close()
        newest.end(None)
    except BaseException as failure:
        # It is raised again where the results are read. If nobody reads them, threading reports it.
        if not newest.end(failure):
            raise
