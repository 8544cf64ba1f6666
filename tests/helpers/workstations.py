"""Workstations with and without a GPU that is used."""

from satchel_train import Workstation

CPU = (("cpu", "x86_64, 16 cores"),)
H200 = ("NVIDIA H200", "570.86.10")
SERVER = Workstation(
    system="Linux",
    machine="x86_64",
    translated=False,
    cores=16,
    memory_bytes=128 << 30,
    cache="/home/ada/.cache/satchel",
    free_bytes=60 << 30,
    keras="3.15.1",
    backend="tensorflow",
    packages={"tensorflow": "2.21.0", "nvidia-cudnn-cu12": "9.10.2"},
    devices=(("cuda", "NVIDIA H200"), *CPU),
    cuda="12.5.1",
    problem=None,
    messages="",
    gpus=(H200,),
    nvidia_hardware=True,
    unreadable=(),
    hidden=False,
)
LAPTOP = SERVER._replace(
    packages={"tensorflow": "2.21.0"}, devices=CPU, gpus=(), nvidia_hardware=False
)
IDLE = SERVER._replace(devices=CPU)
"""The server, whose GPU is not used"""
MAC = LAPTOP._replace(
    system="Darwin",
    machine="arm64",
    devices=(("cpu", "arm64, 8 cores"),),
    cuda=None,
    packages={"tensorflow": "2.19.1", "tensorflow-metal": "1.2.0"},
)
MPS_MAC = MAC._replace(
    backend="torch", packages={"torch": "2.13.0"}, devices=(("metal", "arm64 GPU"), *MAC.devices)
)
