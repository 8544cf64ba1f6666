"""Frames of a camera to labels: the latest wins, what comes too late is dropped and counted."""

import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable
from typing import Generic, NamedTuple, TypeVar

from satchel.errors import SatchelError
from satchel.inference.prediction import Prediction

FrameT = TypeVar("FrameT")

CLOSE_S = 5.0
"""Seconds for a source to come back with its next frame once nobody wants it"""


class FrameResult(NamedTuple, Generic[FrameT]):
    """What a classifier says of one frame of a stream."""

    number: int
    """Of the frame as its source gave it, from 0"""
    frame: FrameT
    predictions: list[Prediction]
    """Best first; none where there is an error"""
    error: SatchelError | None
    """Why this frame could not be classified"""
    dropped: int
    """Frames up to this one that a later one replaced before their turn came"""
    seconds: float
    """What the classification took"""


def classify_latest(
    classify: Callable[[FrameT], list[Prediction]],
    frames: Iterable[FrameT],
    *,
    clock: Callable[[], float] = time.perf_counter,
    close_s: float = CLOSE_S,
) -> Generator[FrameResult[FrameT], None, None]:
    """Yield what ``classify`` says of the newest frame, each time the consumer asks for another.

    A thread reads ``frames`` all the while and keeps the newest alone, so that neither a slow
    classification nor a slow consumer makes a camera wait. What ``classify`` raises as SatchelError
    is a result of that frame, and the stream goes on. The last frame is never dropped.

    Raises what ``frames`` raises, after the frame before it, and what else ``classify`` raises.

    Closing the generator ends the thread, which closes ``frames`` if that is a generator too. A
    source that waits for longer than ``close_s`` gets a RuntimeWarning and keeps the thread.
    """
    newest: _Newest[FrameT] = _Newest()
    # A camera that never answers again must not keep the process from ending.
    reader = threading.Thread(
        target=_read, args=(frames, newest), name="satchel-frames", daemon=True
    )
    reader.start()
    results = 0
    try:
        while (taken := newest.take()) is not None:
            number, frame = taken
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
        # Garbage is collected in any thread, and with it a generator that was never closed.
        if threading.current_thread() is not reader:
            reader.join(close_s)
            if reader.is_alive():
                warnings.warn(
                    f"Expected the source of frames to come back within {close_s:g} s, it waits"
                    " still and keeps its thread: give its reading a time limit.",
                    RuntimeWarning,
                    stacklevel=2,
                )
    if newest.failure is not None:
        raise newest.failure


class _Newest(Generic[FrameT]):
    """Room for one frame, where a newer one replaces an older one."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self._changed = threading.Condition()
        self._given = 0
        self._waiting: tuple[int, FrameT] | None = None
        self._ended = False
        self._closed = False

    def put(self, frame: FrameT) -> bool:
        """Make ``frame`` the newest; return whether another one is wanted."""
        with self._changed:
            self._waiting = (self._given, frame)
            self._given += 1
            self._changed.notify()
            return not self._closed

    def end(self, failure: BaseException | None) -> bool:
        """Say that no frame follows, and why; return whether anybody hears it."""
        with self._changed:
            self._ended, self.failure = True, failure
            self._changed.notify()
            return not self._closed

    def take(self) -> tuple[int, FrameT] | None:
        """Return the newest frame and its number, once there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._ended)
            taken, self._waiting = self._waiting, None
            return taken

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
            # Here, in the thread that runs it: releases the camera now, not when it is collected.
            source.close()
        newest.end(None)
    except BaseException as failure:
        # Raised again where the results are read; if nobody reads them, reported by threading.
        if not newest.end(failure):
            raise
