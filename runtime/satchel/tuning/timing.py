"""Measures how long calls take, and how much memory a process has needed."""

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
"""The smallest number of calls that are timed, even if each takes long."""
LEAST_FOR_P99 = 100
"""The smallest number of calls for a 99th percentile. With fewer, it is the slowest call."""
_STATUS = Path("/proc/self/status")


class Latency(NamedTuple):
    """The percentiles of the times of many calls, in milliseconds."""

    calls: int
    p50_ms: float
    p90_ms: float
    p99_ms: float | None
    """The 99th percentile. None if there were fewer than LEAST_FOR_P99 calls."""
    per_second: float
    """The number of calls in a second, one after another."""


def time_calls(
    call: Callable[[Any], object], inputs: Sequence[Any], *, seconds: float
) -> NDArray[np.float64]:
    """Return the milliseconds of each call, float64 (calls,), in about ``seconds``.

    The calls use ``inputs`` in turn.
    """
    # An array needs eight bytes a call. A list of floats would show in the measured memory.
    durations_ms = array("d")
    now = time.perf_counter()
    until = now + seconds
    while now < until or len(durations_ms) < LEAST_CALLS:
        each = inputs[len(durations_ms) % len(inputs)]
        started = time.perf_counter()
        call(each)
        now = time.perf_counter()
        durations_ms.append((now - started) * 1e3)
    return np.frombuffer(durations_ms, np.float64)


def summarize(durations_ms: NDArray[np.float64]) -> Latency:
    """Return the percentiles of ``durations_ms``, (calls,)."""
    p50, p90, p99 = (float(value) for value in np.percentile(durations_ms, (50, 90, 99)))
    return Latency(
        calls=len(durations_ms),
        p50_ms=p50,
        p90_ms=p90,
        p99_ms=p99 if len(durations_ms) >= LEAST_FOR_P99 else None,
        per_second=1e3 * len(durations_ms) / float(durations_ms.sum()),
    )


def peak_bytes() -> int:
    """Return the peak memory of this process, bytes."""
    # On Linux getrusage begins with the memory of the parent, because a child is a copy of it until
    # it runs its own program. So the status file is better where it exists.
    if _STATUS.exists():
        return parse_peak(_STATUS.read_text(encoding="ascii", errors="replace"))
    # macOS reports bytes, other systems kibibytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def parse_peak(status: str) -> int:
    """Return the peak resident size in ``/proc/self/status``, bytes.

    >>> parse_peak("VmPeak:\\t  999 kB\\nVmHWM:\\t   64 kB\\n")
    65536
    """
    [kilobytes] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024
