"""Temperature, clock and throttling, from texts that boards have written."""

import sys

import pytest

from satchel.device.health import (
    Health,
    health_in_words,
    parse_throttled,
    read_health,
    throttling_in_words,
)

NOTHING = Health(None, None, None, None)
NO_FIRMWARE = ("satchel-test-no-such-program",)


def says(text):
    return (sys.executable, "-c", f"print({text!r})")


@pytest.fixture
def board(tmp_path):
    """Return what /sys looks like on a Raspberry Pi 4 with a radio that is off."""
    files = {
        "class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "class/thermal/thermal_zone0/temp": "48199\n",
        "class/thermal/thermal_zone1/type": "iwlwifi_1\n",
        "class/thermal/thermal_zone1/temp": "71000\n",
        "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1500000\n",
        "devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "1800000\n",
        "devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "600000\n",
        "devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq": "1800000\n",
        "devices/system/cpu/cpufreq/policy0/scaling_cur_freq": "9000000\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_a_raspberry_pi_says_everything(board):
    found = read_health(system=board, firmware=says("throttled=0x50000"))
    assert found == Health(48.199, 1500.0, 1800.0, 0x50000)


def test_without_a_zone_of_the_processor_the_hottest_counts(board):
    (board / "class/thermal/thermal_zone0/type").write_text("battery\n")
    assert read_health(system=board, firmware=NO_FIRMWARE).temperature_c == 71.0


@pytest.mark.parametrize("content", ["", "hot\n", None])
def test_a_zone_that_cannot_be_read_is_passed_over(board, content):
    path = board / "class/thermal/thermal_zone0/temp"
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert read_health(system=board, firmware=NO_FIRMWARE).temperature_c == 71.0


def test_a_machine_without_any_of_it_says_nothing(tmp_path):
    assert read_health(system=tmp_path, firmware=NO_FIRMWARE) == NOTHING


@pytest.mark.parametrize(
    ("said", "bits"),
    [
        ("throttled=0x0\n", 0),
        ("throttled=0x50005\n", 0x50005),
        ("throttled=0x80008\n", 0x80008),
        ("VCHI initialization failed\n", None),
        ('error=1 error_msg="Command not registered"\n', None),
        ("throttled=\n", None),
        ("throttled=0xZZ\n", None),
        ("", None),
    ],
)
def test_the_firmwares_answer_is_read_as_it_is_written(said, bits):
    assert parse_throttled(said) == bits


def test_a_firmware_that_does_not_answer_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("satchel.device.health._FIRMWARE_DEADLINE_S", 0.05)
    sleeps = (sys.executable, "-c", "import time; time.sleep(60)")
    assert read_health(system=tmp_path, firmware=sleeps).throttled is None


def test_each_bit_has_its_words():
    assert throttling_in_words(0) == "no throttling"
    assert throttling_in_words(0x4) == "throttled"
    assert throttling_in_words(0x50005) == (
        "under-voltage, throttled, under-voltage has occurred, throttling has occurred"
    )
    # One that no firmware has yet.
    assert throttling_in_words(1 << 30) == "no throttling"


def test_what_became_of_the_processor_is_one_line():
    before = Health(48.2, 1800.0, 1800.0, 0)
    after = Health(81.04, 1500.0, 1800.0, 0x80008)
    assert health_in_words(before, after) == (
        "temperature 48.2 to 81.0 °C; clock 1500 of 1800 MHz;"
        " soft temperature limit, the soft temperature limit was reached"
    )


def test_what_the_system_does_not_say_is_said():
    assert health_in_words(NOTHING, NOTHING) == (
        "not said by this system: temperature, clock, throttling"
    )
    after = NOTHING._replace(clock_mhz=2400.0)
    assert health_in_words(NOTHING, after) == (
        "clock 2400 MHz; not said by this system: temperature, throttling"
    )
