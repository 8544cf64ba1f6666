"""Describes the machine that trains: processor, memory, graphics processor and its driver."""

import os
import platform
import shutil
import subprocess
import sys
from typing import NamedTuple

from satchel.device import this_device
from satchel_train.training_loop.device import Backend

TIMEOUT_S = 20
"""The time that another program may take. A driver that was just loaded takes seconds."""


class Machine(NamedTuple):
    """A machine that trains. What the system does not say is None."""

    processor: str | None
    """The processor's name, or the board's."""
    cores: int
    """The number of cores that the training may use."""
    memory_bytes: int | None
    """The size of the main memory."""
    gpu: str | None
    """The names of the graphics processors, separated by commas."""
    gpu_driver: str | None
    """The version of NVIDIA's driver."""
    system: str
    """The operating system and its version."""


def this_machine(backend: Backend) -> Machine:
    """Return the machine on which ``backend`` trains."""
    device = this_device()
    gpus = nvidia_gpus()
    trained_on = None if backend.device.kind == "cpu" else backend.device.name
    return Machine(
        processor=device.model or _processor_elsewhere(),
        cores=device.cores,
        memory_bytes=memory_bytes(),
        gpu=", ".join(name for name, _ in gpus) or trained_on,
        gpu_driver=gpus[0][1] if gpus else None,
        system=platform.platform(),
    )


def parse_gpus(text: str) -> list[tuple[str, str]]:
    """Return name and driver of each line that ``nvidia-smi`` printed.

    >>> parse_gpus("NVIDIA H200, 570.86.10\\n")
    [('NVIDIA H200', '570.86.10')]
    """
    parts = [line.rpartition(",") for line in text.splitlines() if "," in line]
    return [(name.strip(), driver.strip()) for name, _, driver in parts]


def nvidia_gpus() -> list[tuple[str, str]]:
    """Return name and driver of each GPU that NVIDIA's driver lists."""
    return parse_gpus(
        said_by("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader") or ""
    )


def _processor_elsewhere() -> str | None:
    """Return the processor's name where there is no ``/proc/cpuinfo``, as on a Mac."""
    if sys.platform == "darwin":
        return said_by("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or None


def memory_bytes() -> int | None:
    """Return the size of the main memory, None if the system does not say."""
    names = {"SC_PHYS_PAGES", "SC_PAGE_SIZE"}
    if not names <= getattr(os, "sysconf_names", {}).keys():
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def said_by(name: str, *words: str) -> str | None:
    """Return what a program printed; None if it is not there, fails or hangs."""
    program = shutil.which(name)
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  words of this module, no user's
            [program, *words], capture_output=True, text=True, check=True, timeout=TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
