"""Every reason why a workstation trains on no GPU, its finding and its remedy."""

import pytest

from helpers.workstations import IDLE, LAPTOP, MAC, MPS_MAC, SERVER
from satchel_train import diagnose_workstation
from satchel_train.workstation.examination import rows
from satchel_train.workstation.findings import gpu_in_words

IN_ORDER = {
    "a server with a GPU": SERVER,
    "a laptop without one": LAPTOP,
    "a Mac with tensorflow-metal": MAC._replace(devices=(("metal", "METAL"), *MAC.devices)),
    "a Mac with PyTorch": MPS_MAC,
    "JAX on a GPU": SERVER._replace(
        backend="jax", cuda=None, packages={"jax": "0.10.0", "jax-cuda12-plugin": "0.10.0"}
    ),
}
FINDINGS = {
    "no driver": (
        IDLE._replace(gpus=()),
        "NVIDIA's driver for the NVIDIA GPU, got none that answers",
        "Install the driver",
    ),
    "device files of others": (
        IDLE._replace(gpus=(), unreadable=("/dev/nvidia0", "/dev/nvidiactl")),
        "may open /dev/nvidia0, /dev/nvidiactl, got one who may not",
        "Join the group",
    ),
    "a GPU that is hidden": (
        IDLE._replace(hidden=True),
        "got a value that hides all of them",
        "unset CUDA_VISIBLE_DEVICES",
    ),
    "a wheel without CUDA": (
        IDLE._replace(cuda=None, packages={"tensorflow-cpu": "2.21.0"}),
        "a tensorflow with CUDA, got 2.21.0 for processors only",
        "pip install 'tensorflow[and-cuda]'",
    ),
    "TensorFlow without CUDA's libraries": (
        IDLE._replace(
            packages={"tensorflow": "2.21.0"},
            messages="I0000 start\nCannot dlopen some GPU libraries.\nSkipping the rest.\n",
        ),
        "got none of pip's (nvidia-cudnn-cu12); it says: Cannot dlopen some GPU libraries.",
        "pip install 'tensorflow[and-cuda]'",
    ),
    "an old driver": (
        IDLE._replace(gpus=(("Tesla T4", "470.82.01"),)),
        "driver 525.60 or newer for CUDA 12.5.1, got 470.82.01",
        "Update the driver",
    ),
    "a driver that is too old for CUDA 13": (
        IDLE._replace(
            backend="jax", cuda=None, packages={"jax": "0.10.0", "jax-cuda13-plugin": "0.10.0"}
        ),
        "driver 580.0 or newer for CUDA 13, got 570.86.10",
        "Update the driver",
    ),
    "JAX without its plugin": (
        IDLE._replace(backend="jax", cuda=None, packages={"jax": "0.10.0"}),
        "a jax with CUDA, got 0.10.0 for processors only",
        "pip install 'jax[cuda12]'",
    ),
    "PyTorch for processors": (
        IDLE._replace(backend="torch", cuda=None, packages={"torch": "2.13.0+cpu"}),
        "a torch with CUDA, got 2.13.0+cpu for processors only",
        "pip install torch",
    ),
    "Windows": (
        IDLE._replace(system="Windows", cuda=None),
        "Expected Linux for tensorflow on a GPU, got Windows",
        "WSL 2",
    ),
    "a reason that nobody knows": (
        IDLE._replace(messages="failed call to cuInit: UNKNOWN ERROR (CUDA 999)\n"),
        "tensorflow to use NVIDIA H200, got a processor only; it says: failed call to cuInit",
        "in a new environment",
    ),
    "a Mac without tensorflow-metal": (
        MAC._replace(packages={"tensorflow": "2.19.1"}),
        "tensorflow-metal for the Apple GPU, got none installed",
        "pip install 'satchel-train[apple]'",
    ),
    "a TensorFlow that breaks tensorflow-metal": (
        MAC._replace(packages={"tensorflow": "2.21.0", "tensorflow-metal": "1.2.0"}),
        "TensorFlow below 2.20 for tensorflow-metal 1.2.0, got 2.21.0",
        "pip install 'tensorflow<2.20'",
    ),
    "tensorflow-metal that offers nothing": (
        MAC,
        "tensorflow-metal to offer the Apple GPU",
        "KERAS_BACKEND=torch",
    ),
    "JAX on a Mac": (
        MAC._replace(backend="jax", packages={"jax": "0.10.0", "jax-metal": "0.1.1"}),
        "got jax, whose plugin jax-metal is no longer maintained",
        "KERAS_BACKEND=torch",
    ),
    "PyTorch without MPS": (
        MPS_MAC._replace(devices=MAC.devices),
        "PyTorch 2.13.0 to offer MPS",
        "Update macOS",
    ),
    "a translated Python": (
        MAC._replace(machine="x86_64", translated=True),
        "got one for Intel that is translated",
        "arm64 Python",
    ),
    "a Mac of Intel": (MAC._replace(machine="x86_64"), "got one with Intel's", "on the processor"),
    "no Keras": (LAPTOP._replace(keras=None), "Expected Keras 3", "pip install keras"),
    "a backend that does not load": (
        IDLE._replace(devices=(), problem="its import was ended by signal 4"),
        "backend tensorflow to load, got: its import was ended by signal 4.",
        "or set KERAS_BACKEND",
    ),
    "little memory": (
        LAPTOP._replace(memory_bytes=3 << 30),
        "Expected 4 GiB of memory for trainings and conversions, got 3.0",
        "small recipes",
    ),
    "a full disk": (
        LAPTOP._replace(free_bytes=1 << 29),
        "Expected 2 GiB free for data sets in '/home/ada/.cache/satchel', got 0.5",
        "XDG_CACHE_HOME",
    ),
}


@pytest.mark.parametrize("workstation", IN_ORDER.values(), ids=IN_ORDER.keys())
def test_nothing_is_found_on_a_workstation_in_order(workstation):
    assert diagnose_workstation(workstation) == []


@pytest.mark.parametrize(
    ("workstation", "message", "remedy"), FINDINGS.values(), ids=FINDINGS.keys()
)
def test_a_situation_has_one_finding_with_its_remedy(workstation, message, remedy):
    [found] = diagnose_workstation(workstation)
    assert message in found.message
    assert remedy in found.remedy
    assert found.message.startswith("Expected ")
    assert found.message.endswith(".")
    assert not found.stops


def test_a_system_that_does_not_tell_its_memory_has_no_finding():
    assert diagnose_workstation(LAPTOP._replace(memory_bytes=None)) == []
    assert ("ram", "unknown") in rows(LAPTOP._replace(memory_bytes=None))


@pytest.mark.parametrize(
    ("workstation", "said"),
    [
        (SERVER, "NVIDIA H200 (cuda)"),
        (IDLE, "not used: NVIDIA H200, driver 570.86.10"),
        (IDLE._replace(gpus=()), "not used: an NVIDIA GPU without a driver"),
        (LAPTOP, "none: no NVIDIA GPU was found on this machine"),
        (MAC, "not used: the Apple GPU"),
        (MPS_MAC, "arm64 GPU (metal)"),
    ],
)
def test_the_table_says_which_gpu_is_used(workstation, said):
    assert gpu_in_words(workstation) == said
    assert ("gpu", said) in rows(workstation)


def test_the_table_names_backend_and_plugins():
    assert rows(SERVER)[:3] == [
        ("keras", "3.15.1 on tensorflow 2.21.0"),
        ("beside", "nvidia-cudnn-cu12 9.10.2"),
        ("gpu", "NVIDIA H200 (cuda)"),
    ]
    assert ("disk", "60.0 GiB free for /home/ada/.cache/satchel") in rows(SERVER)
    bare = LAPTOP._replace(keras=None, packages={}, devices=(), problem="no module")
    assert rows(bare)[0] == ("keras", "none on tensorflow not installed")
