"""Seconds and bytes: what is counted, and over how many calls."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from satchel.tuning import timing
from satchel.tuning.timing import parse_peak, peak_bytes, summarize, time_calls

# Recorded on Raspberry Pi OS.
STATUS = """Name:\tpython3
VmPeak:\t  245756 kB
VmSize:\t  180220 kB
VmHWM:\t   61184 kB
VmRSS:\t   60928 kB
Threads:\t4
"""


def test_every_call_is_timed_and_takes_the_inputs_in_turn():
    given = []
    taken = time_calls(given.append, ["a", "b", "c"], seconds=0.01)
    assert len(taken) == len(given) > 10
    assert given[:4] == ["a", "b", "c", "a"]
    assert (taken > 0).all()
    assert taken.sum() <= 0.2 * 1e3  # ms; a busy machine may stretch the last call


def test_a_slow_call_is_timed_a_few_times_all_the_same():
    taken = time_calls(lambda _: time.sleep(0.002), [None], seconds=0.0)
    assert len(taken) == timing.LEAST_CALLS
    assert (taken >= 2).all()


def test_percentiles_are_of_all_calls():
    found = summarize(np.arange(1, 102, dtype=np.float64))
    assert (found.calls, found.p50_ms, found.p90_ms, found.p99_ms) == (101, 51.0, 91.0, 100.0)
    assert found.per_second == pytest.approx(1e3 / 51)


def test_of_few_calls_there_is_no_99th_percentile():
    assert summarize(np.ones(timing.LEAST_FOR_P99 - 1)).p99_ms is None
    assert summarize(np.ones(timing.LEAST_FOR_P99)).p99_ms == 1.0


def test_the_peak_is_read_from_the_systems_status():
    assert parse_peak(STATUS) == 61184 * 1024


def test_without_a_status_the_peak_is_what_getrusage_says(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "_STATUS", tmp_path / "none")
    # More than Python needs to start, less than a machine has.
    assert 5 << 20 < peak_bytes() < 1 << 40


def printed_by(program):
    """Return the number that a new process prints: this one's peak is of all tests before."""
    done = subprocess.run(
        [sys.executable, "-c", f"from satchel.tuning.timing import peak_bytes; {program}"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    return int(done.stdout)


def test_what_was_held_once_stays_the_peak():
    size = 256 << 20
    assert printed_by(f"held = b'1' * {size}; del held; print(peak_bytes())") >= size


@pytest.mark.skipif(sys.platform != "linux", reason="getrusage counts the parent on Linux alone")
def test_a_childs_peak_is_not_its_parents():
    held = np.ones(256 << 20, np.uint8)
    assert printed_by("print(peak_bytes())") < held.nbytes / 2
