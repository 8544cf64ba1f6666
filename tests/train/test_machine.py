import os

import pytest

from satchel.device import usable_cores
from satchel_train import machine
from satchel_train.machine import parse_gpus, this_machine
from satchel_train.training_loop.device import Backend, Device

CPU = Backend("tensorflow", Device("cpu", "x86_64, 2 cores"), "float32")
METAL = Backend("torch", Device("metal", "arm64 GPU"), "float32")


def write_program(folder, name, script):
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Make a folder of programs the only one that is searched."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_a_machine_without_an_nvidia_gpu_has_none_and_no_driver(programs):
    found = this_machine(CPU)
    assert (found.gpu, found.gpu_driver) == (None, None)
    assert found.cores == usable_cores()
    assert found.memory_bytes == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert found.processor
    assert found.system


def test_nvidias_gpus_and_their_driver_are_named(programs):
    write_program(
        programs, "nvidia-smi", "echo 'NVIDIA H200, 570.86.10'; echo 'NVIDIA A100, SXM4, 570.86.10'"
    )
    found = this_machine(CPU)
    assert found.gpu == "NVIDIA H200, NVIDIA A100, SXM4"
    assert found.gpu_driver == "570.86.10"


@pytest.mark.parametrize("script", ["exit 9", "echo No devices were found", "sleep 5 2>/dev/null"])
def test_a_driver_that_fails_says_nothing(programs, monkeypatch, script):
    monkeypatch.setattr(machine, "TIMEOUT_S", 0.5)
    write_program(programs, "nvidia-smi", script)
    assert this_machine(CPU).gpu is None


def test_another_gpu_is_named_by_its_backend(programs):
    found = this_machine(METAL)
    assert (found.gpu, found.gpu_driver) == ("arm64 GPU", None)


def test_a_processor_is_named_without_proc(programs, monkeypatch):
    nameless = machine.this_device()._replace(model="")
    monkeypatch.setattr(machine, "this_device", lambda: nameless)
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    assert this_machine(CPU).processor is None
    write_program(programs, "sysctl", "echo Apple M2")
    assert this_machine(CPU).processor == "Apple M2"
    monkeypatch.setattr(machine.sys, "platform", "win32")
    monkeypatch.setattr(machine.platform, "processor", lambda: "Intel64 Family 6")
    assert this_machine(CPU).processor == "Intel64 Family 6"


def test_lines_without_a_driver_are_left_out():
    assert parse_gpus("No devices were found\n") == []
