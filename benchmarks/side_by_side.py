"""What the speed benchmarks share: environments for peers, and rounds that take turns.

A contender is a process of its own, in an environment of its own, that waits until it is asked for
a number of runs (`contender.py`). The contenders take turns, round by round. So a slow moment of
the machine affects all of them, and each ratio compares two measurements of the same turn.
Processor time is reported beside elapsed time: it varies less on a machine with other work.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from satchel.device import usable_cores

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "benchmarks"
DEVICE = ROOT / ".venv-device" / "bin" / "python"
"""The Python with only the runtime, LiteRT, ONNX Runtime and Pillow. `make setup` installs it."""
PEERS = {"mediapipe": ["mediapipe==1.2.2"], "tokenizers": ["tokenizers==0.23.3", "numpy"]}
CONTENDER = str(Path(__file__).with_name("contender.py"))


class Round(NamedTuple):
    """The times of one round of one contender, in microseconds a run."""

    wall_us: float
    """The median elapsed time of the runs."""
    cpu_us: float
    """The mean processor time of the runs, over all threads of the process."""


def device_python() -> str:
    """Return the Python of an environment with only the runtime, whose bytecode is compiled."""
    if not DEVICE.is_file():
        raise SystemExit("Expected .venv-device, it is not there: make setup.")
    subprocess.run([DEVICE, "-m", "compileall", "-q", ROOT / "runtime" / "satchel"], check=True)
    packages = DEVICE.parents[1] / "lib"
    subprocess.run([DEVICE, "-m", "compileall", "-q", packages], stdout=subprocess.DEVNULL)
    return str(DEVICE)


def find_uv() -> str:
    """Return the uv on the path, or the one that make brought along."""
    return shutil.which("uv") or str(ROOT / "build" / "uv" / "bin" / "uv")


def peer_python(name: str) -> str:
    """Return the Python of a peer's environment, which is made if it is not there."""
    python = BUILD / name / "bin" / "python"
    if not python.is_file():
        uv = find_uv()
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        subprocess.run([uv, "venv", "--quiet", "--python", version, BUILD / name], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
            + PEERS[name],
            check=True,
        )
    return str(python)


class Contender:
    """A process that runs one thing as often as it is asked to."""

    def __init__(self, python: str, kind: str, **settings: Any) -> None:
        self._process = subprocess.Popen(
            [python, CONTENDER, kind, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.prediction = ""

    def runs(self, count: int) -> Round:
        """Return the times of ``count`` runs."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"Expected {self._process.args} to run, it ended.")
        found = json.loads(line)
        self.prediction = found["prediction"]
        return Round(found["wall_us"], found["cpu_us"])

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def take_turns(runs: Mapping[str, Callable[[], Round]], *, rounds: int) -> dict[str, list[Round]]:
    """Return each contender's rounds; a first one, which fills caches, is not counted."""
    for run in runs.values():
        run()
    found: dict[str, list[Round]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(run())
    return found


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return ``median (smallest to largest)``."""
    return (
        f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to"
        f" {max(values):.{digits}f})"
    )


def ratios(rounds: Sequence[Round], to: Sequence[Round], field: str = "wall_us") -> list[float]:
    """Return the ratio of each round's time to that of the round of ``to`` in the same turn."""
    return [getattr(a, field) / getattr(b, field) for a, b in zip(rounds, to, strict=True)]


def print_rows(
    what: str, found: Mapping[str, list[Round]], *, ours: str, unit_us: float, digits: int
) -> None:
    """Print a row for each contender: its time, and the ratio of that to the time of ``ours``."""
    for name, values in found.items():
        wall = spread([each.wall_us / unit_us for each in values], digits)
        cpu = spread([each.cpu_us / unit_us for each in values], digits)
        compared = " | ".join(
            spread(ratios(values, found[ours], field)) for field in ("wall_us", "cpu_us")
        )
        print(f"| {what} | {name} | {wall} | {cpu} | {compared} |", flush=True)


def print_conditions() -> None:
    """Print what else the machine was doing."""
    load = os.getloadavg()[0]
    print(f"\n{usable_cores()} cores, load {load:.1f} at the end.")
