"""Which device this is, as far as it decides what is fast here."""

import os
import sys
from typing import NamedTuple

_BOARD = "/proc/device-tree/model"
"""``Raspberry Pi 5 Model B Rev 1.0`` and a NUL"""
_PROCESSORS = "/proc/cpuinfo"
_MAX_BYTES = 4096
"""Of either: the first core says it, and a system of 256 cores takes a while to list them all"""


class Device(NamedTuple):
    """A kind of device: two of the same kind share what was measured on one."""

    machine: str
    """``aarch64``, ``x86_64``"""
    model: str
    """The board, or the processor; empty where the system does not say"""
    cores: int
    """That this process may use"""
    bits: int
    """Of Python: 32 on a 64-bit kernel takes other engines"""


def this_device() -> Device:
    """Return the device that this process runs on."""
    # Not for a cold start that only counts the cores.
    import platform

    board = _start(_BOARD).strip("\0\n ")
    return Device(
        machine=platform.machine(),
        model=board or parse_processor(_start(_PROCESSORS)),
        cores=usable_cores(),
        bits=64 if sys.maxsize > 1 << 32 else 32,
    )


def usable_cores() -> int:
    """Return how many cores this process may use: taskset and containers count."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parse_processor(cpuinfo: str) -> str:
    """Return the processor of the first core in ``/proc/cpuinfo``, empty if it is not named.

    >>> parse_processor("processor : 0\\nCPU implementer : 0x41\\nCPU part : 0xd0b\\n")
    'implementer 0x41 part 0xd0b'
    """
    fields: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    if "model name" in fields:
        return fields["model name"]
    # 64-bit Arm has numbers alone: https://developer.arm.com/documentation/ddi0595, MIDR_EL1.
    named = {"implementer": "CPU implementer", "part": "CPU part"}
    return " ".join(f"{word} {fields[name]}" for word, name in named.items() if name in fields)


def _start(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        # Not Linux, or a container that hides it.
        return ""
