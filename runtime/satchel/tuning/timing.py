"""How long calls take, and how much memory a process has needed."""

import resource
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST_CALLS = 5
"""That are timed, however long one takes"""
LEAST_FOR_P99 = 100
"""Calls: of fewer, the 99th percentile is the slowest one"""
_STATUS = Path("/proc/self/status")


class Latency(NamedTuple):
    """Of many calls, milliseconds."""

    calls: int
    p50_ms: float
    p90_ms: float
    p99_ms: float | None
    """None of fewer than LEAST_FOR_P99 calls"""
    per_second: float
    """Calls, one after another"""


def time_calls(
    call: Callable[[Any], object], inputs: Sequence[Any], *, seconds: float
) -> NDArray[np.float64]:
    """Return the milliseconds of each call, (calls,), with ``inputs`` in turn, until time is up."""
    # Eight bytes a call: a list of floats would show in the memory that is measured.
    taken = array("d")
    now = time.perf_counter()
    until = now + seconds
    while now < until or len(taken) < LEAST_CALLS:
        given = inputs[len(taken) % len(inputs)]
        started = time.perf_counter()
        call(given)
        now = time.perf_counter()
        taken.append((now - started) * 1e3)
    return np.frombuffer(taken, np.float64)


def summarize(taken_ms: NDArray[np.float64]) -> Latency:
    """Return percentiles of ``taken_ms``, (calls,)."""
    p50, p90, p99 = (float(value) for value in np.percentile(taken_ms, (50, 90, 99)))
    return Latency(
        calls=len(taken_ms),
        p50_ms=p50,
        p90_ms=p90,
        p99_ms=p99 if len(taken_ms) >= LEAST_FOR_P99 else None,
        per_second=1e3 * len(taken_ms) / float(taken_ms.sum()),
    )


def peak_bytes() -> int:
    """Return the most memory that this process has held at a time."""
    # Where there is one, and not getrusage: on Linux that begins at what the parent held, since a
    # child is a copy of it until it runs a program of its own.
    if _STATUS.exists():
        return parse_peak(_STATUS.read_text(encoding="ascii", errors="replace"))
    # In bytes on macOS, in kibibytes elsewhere.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def parse_peak(status: str) -> int:
    """Return the peak resident size in ``/proc/self/status``, bytes.

    >>> parse_peak("VmPeak:\\t  999 kB\\nVmHWM:\\t   64 kB\\n")
    65536
    """
    [kilobytes] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024
