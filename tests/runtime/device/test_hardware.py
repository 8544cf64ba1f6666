"""Which device this is: what the system's files say, and what they do not."""

import os
import sys

import pytest

from satchel.device import hardware as device
from satchel.device.hardware import parse_processor, this_device, usable_cores

# Recorded; shortened behind the lines that are read.
RASPBERRY_PI_4_32_BIT = """processor\t: 0
model name\t: ARMv7 Processor rev 3 (v7l)
BogoMIPS\t: 126.00
CPU implementer\t: 0x41
CPU part\t: 0xd08

processor\t: 1
model name\t: another
"""
RASPBERRY_PI_5_64_BIT = """processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x4
CPU part\t: 0xd0b
CPU revision\t: 1
"""
EPYC = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\nstepping\t: 1\n"


@pytest.mark.parametrize(
    ("cpuinfo", "named"),
    [
        (RASPBERRY_PI_4_32_BIT, "ARMv7 Processor rev 3 (v7l)"),
        (RASPBERRY_PI_5_64_BIT, "implementer 0x41 part 0xd0b"),
        (EPYC, "AMD EPYC"),
        ("", ""),
        ("no colon at all", ""),
    ],
)
def test_the_first_core_names_the_processor(cpuinfo, named):
    assert parse_processor(cpuinfo) == named


def test_a_boards_name_goes_before_its_processors(tmp_path, monkeypatch):
    (tmp_path / "model").write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    (tmp_path / "cpuinfo").write_text(RASPBERRY_PI_5_64_BIT)
    monkeypatch.setattr(device, "_BOARD", tmp_path / "model")
    monkeypatch.setattr(device, "_PROCESSORS", tmp_path / "cpuinfo")
    assert this_device().model == "Raspberry Pi 5 Model B Rev 1.0"
    (tmp_path / "model").unlink()
    assert this_device().model == "implementer 0x41 part 0xd0b"


def test_a_system_that_says_nothing_is_a_device_without_a_model(tmp_path, monkeypatch):
    monkeypatch.setattr(device, "_BOARD", tmp_path / "none")
    monkeypatch.setattr(device, "_PROCESSORS", tmp_path)
    found = this_device()
    assert found.model == ""
    assert found.machine == os.uname().machine
    assert found.bits in (32, 64)


@pytest.mark.skipif(sys.platform != "linux", reason="no affinity to other cores")
def test_a_process_that_is_kept_to_one_core_has_one():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert usable_cores() == len(allowed)
