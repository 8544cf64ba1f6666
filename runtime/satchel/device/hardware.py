"""Identifies this device by everything that decides what is fast on it."""

import os
import sys
from typing import NamedTuple

_BOARD = "/proc/device-tree/model"
"""A file that holds the board's name and a NUL, such as ``Raspberry Pi 5 Model B Rev 1.0``."""
_PROCESSORS = "/proc/cpuinfo"
_MAX_BYTES = 4096
"""The number of bytes read of either file. The first core is enough, and a system with 256 cores
takes a while to list them all."""


class Device(NamedTuple):
    """A kind of device. What was measured on one device holds for all of the same kind."""

    machine: str
    """The kernel's name for the processor, such as ``aarch64`` or ``x86_64``."""
    model: str
    """The name of the board or of the processor. Empty if the system does not say."""
    cores: int
    """The number of cores that this process may use."""
    bits: int
    """32 or 64, for this Python. A 32-bit Python needs other engines, even on a 64-bit kernel."""


def this_device() -> Device:
    """Return the device that this process runs on."""
    # Cores are counted without it.
    import platform

    board = _start(_BOARD).strip("\0\n ")
    return Device(
        machine=platform.machine(),
        model=board or parse_processor(_start(_PROCESSORS)),
        cores=usable_cores(),
        bits=64 if sys.maxsize > 1 << 32 else 32,
    )


def usable_cores() -> int:
    """Return the number of cores that this process may use, as taskset or a container allows."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parse_processor(cpuinfo: str) -> str:
    """Return the name of the first core in ``/proc/cpuinfo``, empty if it has none.

    >>> parse_processor("processor : 0\\nCPU implementer : 0x41\\nCPU part : 0xd0b\\n")
    'implementer 0x41 part 0xd0b'
    """
    fields: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    if "model name" in fields:
        return fields["model name"]
    # 64-bit Arm shows only numbers: https://developer.arm.com/documentation/ddi0595, MIDR_EL1.
    named = {"implementer": "CPU implementer", "part": "CPU part"}
    return " ".join(f"{word} {fields[name]}" for word, name in named.items() if name in fields)


def _start(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        # This is not Linux, or a container hides the file.
        return ""
