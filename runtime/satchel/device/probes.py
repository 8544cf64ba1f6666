"""Looks at this device: what ``satchel doctor`` judges, and nothing of the judgement."""

import importlib
import os
import platform
import re
import struct
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from satchel.device.child_process import Ending, run_child
from satchel.device.state_dir import state_folder
from satchel.engines.engine import ENGINES, engine_version, installed_engines
from satchel.errors import EngineError, first_line

IMPORT_S = 300
"""Seconds for an engine to be imported; a starved emulator needed more than 60"""
NO_CAMERA = re.compile(r"codec|isp|hevc|rpivid|pispbe|stateless", re.IGNORECASE)
"""V4L2 names of a Raspberry Pi's decoders and image processors, which are no cameras"""


class EngineProbe(NamedTuple):
    """An installed engine."""

    name: str
    version: str
    problem: str | None
    """Why it cannot be imported, None where it can"""


class CameraProbe(NamedTuple):
    """A V4L2 device."""

    path: str
    name: str
    readable: bool
    """By this user"""


class Probes(NamedTuple):
    """This device, as far as a model cares."""

    python: tuple[int, int, int]
    bits: int
    """Of this Python, and so of the system's programs: 32 or 64"""
    system: str
    """Such as Linux"""
    machine: str
    """What the kernel calls the processor, such as aarch64"""
    board: str | None
    """Such as Raspberry Pi 4 Model B Rev 1.4"""
    numpy: str
    pillow: str | None
    engines: tuple[EngineProbe, ...]
    available_bytes: int | None
    """Memory that a new program can have; None where the system does not say"""
    cameras: tuple[CameraProbe, ...]
    picamera2: bool
    state: str | None
    """The folder to remember things in; None for a user without a home"""
    state_problem: str | None
    """Why it cannot be written to"""


def probe(root: Path = Path("/")) -> Probes:
    """Return this device; ``root`` is where its /proc, /sys and /dev are."""
    folder = state_folder()
    return Probes(
        python=sys.version_info[:3],
        bits=8 * struct.calcsize("P"),
        system=platform.system(),
        machine=platform.machine(),
        board=board(root),
        numpy=version("numpy"),
        pillow=_pillow(),
        engines=tuple(
            EngineProbe(name, engine_version(name), import_problem(_module(name)))
            for name in installed_engines()
        ),
        available_bytes=available_bytes(root),
        cameras=cameras(root),
        picamera2=find_spec("picamera2") is not None,
        state=folder,
        state_problem=None if folder is None else write_problem(Path(folder)),
    )


def board(root: Path) -> str | None:
    """Return the name of the board, as its device tree has it."""
    try:
        return (root / "proc/device-tree/model").read_text(errors="replace").strip("\0\n")
    except OSError:
        return None


def available_bytes(root: Path) -> int | None:
    """Return how much memory a new program can have, None where the system does not say."""
    try:
        content = (root / "proc/meminfo").read_text()
    except OSError:
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", content, re.MULTILINE)
    return 1024 * int(found[1]) if found else None


def cameras(root: Path) -> tuple[CameraProbe, ...]:
    """Return the V4L2 devices that may be cameras."""
    found = []
    for device in sorted((root / "dev").glob("video*")):
        try:
            name = (root / f"sys/class/video4linux/{device.name}/name").read_text().strip()
        except OSError:
            name = ""
        if not NO_CAMERA.search(name):
            found.append(CameraProbe(f"/dev/{device.name}", name, os.access(device, os.R_OK)))
    return tuple(found)


def write_problem(folder: Path) -> str | None:
    """Return why ``folder`` cannot be made and written to, or None; nothing is left behind."""
    # What is not there yet is made where its first parent that is there allows it.
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{error.strerror} ({place})"


def import_problem(module: str) -> str | None:
    """Return why ``module`` cannot be imported here, or None.

    In a process of its own: one that was built for a newer processor ends it.
    """
    try:
        reply = run_child(
            ["-c", f"import {module}"], request=b"", deadline_s=IMPORT_S, most_bytes=0
        )
    except (EngineError, OSError):
        # No process can be started where a program is emulated alone, without its system.
        return _import_here(module)
    if not isinstance(reply, Ending):
        return None
    if reply.exit_code is None:
        return f"not done after {IMPORT_S} seconds"
    if reply.exit_code < 0:
        return f"killed by {reply.cause}"
    return reply.last_words or "no reason given"


def _import_here(module: str) -> str | None:
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is asked for
        return f"{type(error).__name__}: {first_line(error)}"
    return None


def _module(engine: str) -> str:
    """Return what an engine's module here imports first."""
    package = ENGINES[engine].package
    return package if engine == "onnx" else f"{package}.interpreter"


def _pillow() -> str | None:
    try:
        return version("pillow")
    except PackageNotFoundError:
        return None
