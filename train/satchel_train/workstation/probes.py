"""Collects the facts about a workstation that decide what it trains on."""

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from satchel.device import usable_cores
from satchel_train.data.download import cache_folder
from satchel_train.machine import memory_bytes, nvidia_gpus, said_by
from satchel_train.training_loop.device import PROBES

IMPORT_S = 180
"""The seconds that a backend's import may take: the first one after an installation is slow."""
NVIDIA = "0x10de"
"""NVIDIA's number on the PCI bus."""
DISPLAY = "0x03"
"""How the class of a graphics processor begins on the PCI bus."""
PACKAGES = (
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-metal",
    "nvidia-cudnn-cu12",
    "jax",
    "jax-cuda12-plugin",
    "jax-cuda13-plugin",
    "jax-metal",
    "torch",
)
"""The distributions that decide which devices a backend sees."""


class Workstation(NamedTuple):
    """The facts about a workstation that matter to a training."""

    system: str
    """The name of the operating system: Linux, Darwin or Windows."""
    machine: str
    """The name of the processor's architecture for this Python, such as x86_64 or arm64."""
    translated: bool
    """Whether this Python is one for Intel that an Apple processor translates."""
    cores: int
    """The number of cores that this process may use."""
    memory_bytes: int | None
    """The size of the main memory. None if the system does not say."""
    cache: str
    """The folder for downloaded data sets."""
    free_bytes: int
    """The free space on the disk of that folder."""
    keras: str | None
    """The version of Keras, None without it."""
    backend: str
    """The Keras backend of ``satchel train``: KERAS_BACKEND, or tensorflow."""
    packages: dict[str, str]
    """The installed ones of PACKAGES, each with its version."""
    devices: tuple[tuple[str, str], ...]
    """Kind and name of each device that the backend sees, the fastest first."""
    cuda: str | None
    """The version of CUDA for which the backend's wheel is built. None without CUDA."""
    problem: str | None
    """Why the backend cannot be imported. None if it can."""
    messages: str
    """What the backend wrote to standard error while it looked for devices."""
    gpus: tuple[tuple[str, str], ...]
    """Name and driver of each GPU that ``nvidia-smi`` lists."""
    nvidia_hardware: bool
    """Whether an NVIDIA GPU is on the bus, with or without a driver."""
    unreadable: tuple[str, ...]
    """The device files of the GPU that this user may not open."""
    hidden: bool
    """Whether CUDA_VISIBLE_DEVICES hides every GPU."""


def probe_workstation(root: Path = Path("/")) -> Workstation:
    """Return the facts about this workstation. ``root`` is the folder of its /sys and /dev.

    It imports the Keras backend in a child process, which takes seconds.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    devices, cuda, problem, messages = ask_backend(backend)
    cache = cache_folder()
    return Workstation(
        system=platform.system(),
        machine=platform.machine(),
        translated=sys.platform == "darwin"
        and said_by("sysctl", "-n", "sysctl.proc_translated") == "1",
        cores=usable_cores(),
        memory_bytes=memory_bytes(),
        cache=str(cache),
        free_bytes=free_bytes(cache),
        keras=_version("keras"),
        backend=backend,
        packages={name: found for name in PACKAGES if (found := _version(name)) is not None},
        devices=devices,
        cuda=cuda,
        problem=problem,
        messages=messages,
        gpus=tuple(nvidia_gpus()),
        nvidia_hardware=has_nvidia_hardware(root),
        unreadable=unreadable_devices(root),
        hidden=os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"),
    )


def ask_backend(
    backend: str, *, program: str = sys.executable
) -> tuple[tuple[tuple[str, str], ...], str | None, str | None, str]:
    """Return devices, version of CUDA, problem and messages of a Keras backend.

    ``program`` is the Python that imports the backend, in a child process.
    """
    if backend not in PROBES:
        return (), None, f"KERAS_BACKEND names no backend of {', '.join(PROBES)}", ""
    words = [program, "-m", f"{__package__}.backend_child", backend]
    try:
        done = subprocess.run(  # noqa: S603  words of this module, and one of PROBES
            words, capture_output=True, text=True, timeout=IMPORT_S, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired:
        return (), None, f"its import is not done after {IMPORT_S} seconds", ""
    if done.returncode < 0:
        return (), None, f"its import was ended by signal {-done.returncode}", done.stderr
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return (), None, lines[-1].strip() if lines else "no reason given", done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    devices = tuple((kind, name) for kind, name in told["devices"])
    return devices, told["cuda"], None, done.stderr


def has_nvidia_hardware(root: Path) -> bool:
    """Return whether the PCI bus has a graphics processor of NVIDIA, or WSL passes one on."""
    for device in (root / "sys/bus/pci/devices").glob("*"):
        try:
            maker = (device / "vendor").read_text().strip()
            kind = (device / "class").read_text().strip()
        except OSError:
            continue
        if maker == NVIDIA and kind.startswith(DISPLAY):
            return True
    return (root / "dev/nvidia0").exists()


def unreadable_devices(root: Path) -> tuple[str, ...]:
    """Return the device files of NVIDIA's driver that this user may not open."""
    files = [*sorted((root / "dev").glob("nvidia[0-9]*")), root / "dev/nvidiactl"]
    closed = [each for each in files if each.exists() and not os.access(each, os.R_OK | os.W_OK)]
    return tuple(f"/dev/{each.name}" for each in closed)


def free_bytes(folder: Path) -> int:
    """Return the free space for ``folder``, which need not exist yet."""
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(place).free


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
