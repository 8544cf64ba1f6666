"""Reads the processor's temperature, clock and throttling, as far as the system shows them."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_SYSTEM = Path("/sys")
_FIRMWARE = ("vcgencmd", "get_throttled")
"""The command of a Raspberry Pi that prints the throttling bits, see
https://www.raspberrypi.com/documentation/computers/os.html#get_throttled."""
_FIRMWARE_DEADLINE_S = 2.0
_BITS = {
    0: "under-voltage",
    1: "clock capped",
    2: "throttled",
    3: "soft temperature limit",
    16: "under-voltage has occurred",
    17: "the clock was capped",
    18: "throttling has occurred",
    19: "the soft temperature limit was reached",
}
_PROCESSOR_ZONES = ("cpu", "soc", "pkg", "k10temp")
"""Parts of the names of a processor's thermal zones. Others belong to a battery or a radio."""


class Health(NamedTuple):
    """The values that the system shows at one moment. None for a value that it does not show."""

    temperature_c: float | None
    clock_mhz: float | None
    """The clock of the core that is fastest at this moment."""
    clock_limit_mhz: float | None
    """The highest clock that any core can reach."""
    throttled: int | None
    """The throttling bits of a Raspberry Pi's firmware."""


def read_health(*, system: Path = _SYSTEM, firmware: Iterable[str] = _FIRMWARE) -> Health:
    """Return the processor's temperature, clock and throttling at this moment."""
    cores = sorted(system.glob("devices/system/cpu/cpu[0-9]*/cpufreq"))
    return Health(
        temperature_c=_temperature_c(system / "class" / "thermal"),
        clock_mhz=_megahertz(core / "scaling_cur_freq" for core in cores),
        clock_limit_mhz=_megahertz(core / "cpuinfo_max_freq" for core in cores),
        throttled=parse_throttled(_said_by(firmware)),
    )


def parse_throttled(said: str) -> int | None:
    """Return the bits in the output of ``vcgencmd get_throttled``, None if it holds none.

    >>> parse_throttled("throttled=0x50005")
    327685
    """
    name, _, value = said.strip().partition("=")
    try:
        return int(value, 16) if name == "throttled" else None
    except ValueError:
        return None


def throttling_in_words(bits: int) -> str:
    """Return the meaning of the firmware's bits in words, the present state first.

    >>> throttling_in_words(0x50005)[:52]
    'under-voltage, throttled, under-voltage has occurred'
    """
    return ", ".join(words for bit, words in _BITS.items() if bits >> bit & 1) or "no throttling"


def health_in_words(before: Health, after: Health) -> str:
    """Return in words how the processor changed, and which values the system does not show."""
    says, hides = [], []
    if before.temperature_c is not None and after.temperature_c is not None:
        says.append(f"temperature {before.temperature_c:.1f} to {after.temperature_c:.1f} °C")
    else:
        hides.append("temperature")
    if after.clock_mhz is not None:
        limit = "" if after.clock_limit_mhz is None else f" of {after.clock_limit_mhz:.0f}"
        says.append(f"clock {after.clock_mhz:.0f}{limit} MHz")
    else:
        hides.append("clock")
    if after.throttled is not None:
        says.append(throttling_in_words(after.throttled))
    else:
        hides.append("throttling")
    if hides:
        says.append(f"not said by this system: {', '.join(hides)}")
    return "; ".join(says)


def _temperature_c(zones: Path) -> float | None:
    found = {zone: _number(zone / "temp") for zone in zones.glob("thermal_zone*")}
    known = {zone: value for zone, value in found.items() if value is not None}
    processor = {
        zone: value
        for zone, value in known.items()
        if any(part in _text(zone / "type").lower() for part in _PROCESSOR_ZONES)
    }
    # The unit is millidegree Celsius: https://docs.kernel.org/driver-api/thermal/sysfs-api.html.
    return max((processor or known).values()) / 1000 if known else None


def _megahertz(files: Iterable[Path]) -> float | None:
    kilohertz = [value for value in map(_number, files) if value is not None]
    return max(kilohertz) / 1000 if kilohertz else None


def _number(path: Path) -> int | None:
    try:
        return int(_text(path))
    except ValueError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        # The file of a zone that is switched off exists, but cannot be read.
        return ""


def _said_by(command: Iterable[str]) -> str:
    try:
        return subprocess.run(  # noqa: S603 (words of our own)
            list(command), capture_output=True, text=True, timeout=_FIRMWARE_DEADLINE_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
