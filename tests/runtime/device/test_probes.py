"""What is seen of a device, on devices that are folders."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from satchel.device import probes
from satchel.device.doctor import diagnose
from satchel.device.probes import (
    CameraProbe,
    available_bytes,
    board,
    cameras,
    import_problem,
    probe,
)
from satchel.device.state_dir import state_folder
from satchel.engines.engine import installed_engines


@pytest.fixture
def device(tmp_path):
    """Return a function that makes a device of files: path to content."""

    def make(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return tmp_path

    return make


def test_this_machine_is_seen_and_runs_bundles():
    seen = probe()
    assert seen.python == sys.version_info[:3]
    assert [engine.name for engine in seen.engines] == installed_engines()
    assert [engine.problem for engine in seen.engines] == [None] * len(seen.engines)
    assert not any(finding.stops for finding in diagnose(seen))


def test_the_board_is_named_by_its_device_tree(device):
    root = device({"proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0"})
    assert board(root) == "Raspberry Pi 5 Model B Rev 1.0"


def test_a_machine_without_a_device_tree_has_no_board(tmp_path):
    assert board(tmp_path) is None


def test_memory_is_what_a_new_program_can_have(device):
    root = device({"proc/meminfo": "MemTotal: 948304 kB\nMemAvailable:   262144 kB\n"})
    assert available_bytes(root) == 256 << 20


@pytest.mark.parametrize("files", [{}, {"proc/meminfo": "MemTotal: 948304 kB\n"}])
def test_memory_that_the_system_does_not_tell_is_unknown(device, files):
    assert available_bytes(device(files)) is None


def test_a_decoder_of_the_board_is_no_camera(device):
    root = device(
        {
            "dev/video0": "",
            "sys/class/video4linux/video0/name": "unicam\n",
            "dev/video10": "",
            "sys/class/video4linux/video10/name": "bcm2835-codec-decode\n",
            "dev/video13": "",
            "sys/class/video4linux/video13/name": "bcm2835-isp\n",
            "dev/video19": "",
            "sys/class/video4linux/video19/name": "rpi-hevc-dec\n",
            "dev/video20": "",
        }
    )
    assert cameras(root) == (
        CameraProbe("/dev/video0", "unicam", readable=True),
        CameraProbe("/dev/video20", "", readable=True),
    )


def test_a_folder_that_is_not_there_yet_is_writable_and_stays_away(tmp_path):
    assert probes.write_problem(tmp_path / "state" / "satchel") is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_inside_a_file_is_not_writable(device):
    root = device({"state": "a file"})
    assert "Not a directory" in probes.write_problem(root / "state" / "satchel")


def test_an_import_that_works_has_no_problem():
    assert import_problem("json") is None


def test_an_import_that_fails_says_why():
    assert import_problem("no_such_engine") == (
        "ModuleNotFoundError: No module named 'no_such_engine'"
    )


@pytest.fixture
def modules(device, tmp_path, monkeypatch):
    """Modules that end their process, and that say nothing."""
    device(
        {
            "too_new.py": "import os, signal; os.kill(os.getpid(), signal.SIGILL)",
            "silent.py": "raise SystemExit(3)",
            "endless.py": "import time; time.sleep(60)",
        }
    )
    monkeypatch.syspath_prepend(tmp_path)


def test_an_import_that_kills_its_process_does_not_kill_ours(modules):
    assert import_problem("too_new") == "killed by SIGILL"


def test_an_import_that_fails_without_a_word_is_a_problem_still(modules):
    assert import_problem("silent") == "no reason given"


def test_an_import_that_hangs_is_given_up(modules, monkeypatch):
    monkeypatch.setattr(probes, "IMPORT_S", 1)
    assert import_problem("endless") == "not done after 1 seconds"


def test_where_no_process_can_be_started_the_import_is_tried_here(monkeypatch):
    def refuse(*words, **options):
        raise OSError(8, "Exec format error")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert import_problem("json") is None
    assert import_problem("no_such_engine") == (
        "ModuleNotFoundError: No module named 'no_such_engine'"
    )


def test_without_pillow_there_is_no_version_of_it(monkeypatch):
    def only_numpy(name):
        if name == "numpy":
            return "2.0.0"
        raise PackageNotFoundError(name)

    monkeypatch.setattr(probes, "version", only_numpy)
    monkeypatch.setattr(probes, "installed_engines", list)
    assert (probe().numpy, probe().pillow) == ("2.0.0", None)


def test_the_state_folder_is_the_one_that_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("SATCHEL_STATE", "/mnt/satchel")
    assert state_folder() == "/mnt/satchel"
    monkeypatch.delenv("SATCHEL_STATE")
    assert state_folder() == str(tmp_path / "satchel")


def test_a_user_without_a_home_has_no_state_folder(monkeypatch):
    def refuse(user):
        raise KeyError(f"getpwuid(): uid not found: {user}")

    for variable in ("SATCHEL_STATE", "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("pwd.getpwuid", refuse)
    assert state_folder() is None
    seen = probe()
    assert (seen.state, seen.state_problem) == (None, None)
