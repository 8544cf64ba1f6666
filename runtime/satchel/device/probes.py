"""Collects the facts about this device that ``satchel doctor`` judges."""

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
"""The seconds that an engine's import may take. A slow emulator needed more than 60."""
NO_CAMERA = re.compile(r"codec|isp|hevc|rpivid|pispbe|stateless", re.IGNORECASE)
"""Matches the V4L2 names of a Raspberry Pi's decoders and image processors: they are no cameras."""


class EngineProbe(NamedTuple):
    """An installed engine."""

    name: str
    version: str
    problem: str | None
    """Why it cannot be imported. None if it can."""


class CameraProbe(NamedTuple):
    """A V4L2 device."""

    path: str
    name: str
    readable: bool
    """Whether this user may read it."""


class Probes(NamedTuple):
    """The facts about this device that matter to a model."""

    python: tuple[int, int, int]
    bits: int
    """32 or 64, for this Python and so for the system's programs."""
    system: str
    """The name of the operating system, such as Linux."""
    machine: str
    """The kernel's name for the processor, such as aarch64."""
    board: str | None
    """The name of the board, such as Raspberry Pi 4 Model B Rev 1.4. None if it is not known."""
    numpy: str
    pillow: str | None
    engines: tuple[EngineProbe, ...]
    available_bytes: int | None
    """The memory that a new program can get. None if the system does not say."""
    cameras: tuple[CameraProbe, ...]
    picamera2: bool
    state: str | None
    """The folder to remember things in. None for a user without a home."""
    state_problem: str | None
    """Why that folder cannot be written to. None if it can, or if there is none."""


def probe(root: Path = Path("/")) -> Probes:
    """Return the facts about this device. ``root`` is the folder of its /proc, /sys and /dev."""
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
    """Return the name of the board from its device tree, None if there is none."""
    try:
        return (root / "proc/device-tree/model").read_text(errors="replace").strip("\0\n")
    except OSError:
        return None


def available_bytes(root: Path) -> int | None:
    """Return the bytes of memory that a new program can get, None if the system does not say."""
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
    """Return why ``folder`` cannot be made and written to, None if it can. Nothing is left over."""
    # A missing folder can be made if its nearest existing parent allows that.
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{error.strerror} ({place})"


def import_problem(module: str) -> str | None:
    """Return why ``module`` cannot be imported here, None if it can.

    A child process tries it, because a module built for a newer processor ends its process.
    """
    try:
        reply = run_child(
            ["-c", f"import {module}"], request=b"", deadline_s=IMPORT_S, most_bytes=0
        )
    except (EngineError, OSError):
        # An emulator that runs one program without its system cannot start a process.
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
    except Exception as error:  # noqa: BLE001 - any error is the result
        return f"{type(error).__name__}: {first_line(error)}"
    return None


def _module(engine: str) -> str:
    """Return the name of the module that imports an engine's library."""
    package = ENGINES[engine].package
    return package if engine == "onnx" else f"{package}.interpreter"


def _pillow() -> str | None:
    try:
        return version("pillow")
    except PackageNotFoundError:
        return None
