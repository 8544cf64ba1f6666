"""What is read of a workstation: its bus, its device files, its Keras backend."""

import os

import pytest

from satchel_train.training_loop.device import PROBES
from satchel_train.workstation import probes
from satchel_train.workstation.backend_child import BUILT_WITH_CUDA
from satchel_train.workstation.probes import (
    ask_backend,
    free_bytes,
    has_nvidia_hardware,
    probe_workstation,
    unreadable_devices,
)


@pytest.fixture
def bus(tmp_path):
    """Return a function that puts a device on the PCI bus of the folder, which it returns."""

    def put(vendor, kind):
        device = tmp_path / "sys/bus/pci/devices" / f"0000:0{len(list(tmp_path.rglob('vendor')))}"
        device.mkdir(parents=True)
        (device / "vendor").write_text(f"{vendor}\n")
        (device / "class").write_text(f"{kind}\n")
        return tmp_path

    return put


@pytest.fixture
def python(tmp_path):
    """Return a function that makes a Python which only runs a line of shell."""

    def make(line):
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
        return str(program)

    return make


@pytest.mark.parametrize(
    ("vendor", "kind", "found"),
    [
        ("0x10de", "0x030200", True),
        ("0x10de", "0x030000", True),
        ("0x10de", "0x040300", False),  # the sound of an HDMI port
        ("0x8086", "0x030000", False),
    ],
)
def test_an_nvidia_gpu_is_found_on_the_bus_without_a_driver(bus, vendor, kind, found):
    bus("0x8086", "0x060000")
    assert has_nvidia_hardware(bus(vendor, kind)) is found


def test_without_a_bus_there_is_no_gpu(tmp_path):
    assert not has_nvidia_hardware(tmp_path)


def test_a_device_that_cannot_be_read_is_passed_over(bus):
    root = bus("0x10de", "0x030000")
    (root / "sys/bus/pci/devices/0000:00/class").unlink()
    assert not has_nvidia_hardware(root)


def test_a_container_shows_its_gpu_as_a_device_file(tmp_path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvidia0").touch()
    assert has_nvidia_hardware(tmp_path)


def test_device_files_of_others_are_named(tmp_path, monkeypatch):
    (tmp_path / "dev").mkdir()
    for name in ("nvidia0", "nvidiactl", "nvidia-modeset"):
        (tmp_path / "dev" / name).touch()
    assert unreadable_devices(tmp_path) == ()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert unreadable_devices(tmp_path) == ("/dev/nvidia0", "/dev/nvidiactl")


def test_free_space_is_that_of_the_nearest_folder(tmp_path):
    assert free_bytes(tmp_path / "not" / "there") > 0


def test_what_a_backend_sees_is_the_last_line_of_its_process(python):
    said = '{"devices": [["cuda", "H200"], ["cpu", "x86_64, 2 cores"]], "cuda": "12.5"}'
    program = python(f"echo noise; echo '{said}'; echo 'W cuda warning' >&2")
    assert ask_backend("tensorflow", program=program) == (
        (("cuda", "H200"), ("cpu", "x86_64, 2 cores")),
        "12.5",
        None,
        "W cuda warning\n",
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("echo 'ModuleNotFoundError: No module named jax' >&2; exit 1", "No module named jax"),
        ("exit 1", "no reason given"),
        ("kill -ILL $$", "its import was ended by signal 4"),
    ],
)
def test_a_backend_that_does_not_load_says_why(python, line, problem):
    devices, cuda, said, _ = ask_backend("jax", program=python(line))
    assert (devices, cuda) == ((), None)
    assert problem in said


def test_a_backend_that_does_not_end_is_a_problem(python, monkeypatch):
    monkeypatch.setattr(probes, "IMPORT_S", 0.2)
    assert ask_backend("jax", program=python("exec sleep 30"))[2] == (
        "its import is not done after 0.2 seconds"
    )


def test_an_unknown_backend_is_a_problem_and_starts_nothing():
    assert ask_backend("theano", program="/missing")[2] == (
        "KERAS_BACKEND names no backend of tensorflow, torch, jax"
    )


def test_every_backend_can_say_whether_it_has_cuda():
    assert BUILT_WITH_CUDA.keys() == PROBES.keys()


def test_this_workstation_is_probed(monkeypatch, tmp_path):
    """With the TensorFlow that is installed here: the slow way once."""
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = probe_workstation(tmp_path)
    assert found.problem is None
    assert found.devices[-1][0] == "cpu"
    assert found.keras.startswith("3.")
    assert found.packages["tensorflow"]
    assert found.hidden
    assert found.memory_bytes > 1 << 28
