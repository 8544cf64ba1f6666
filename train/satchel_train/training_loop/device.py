"""Chooses the device of a training: processor, NVIDIA GPU or Apple GPU, for any Keras backend."""

import os
import platform
import sys
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, get_args

from satchel.device import usable_cores
from satchel_train.errors import DeviceError

Kind = Literal["cpu", "cuda", "metal"]
DeviceChoice = Literal["auto", "cpu", "cuda", "metal"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
PrecisionChoice = Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"]

DEVICES: tuple[DeviceChoice, ...] = get_args(DeviceChoice)
PRECISIONS: tuple[PrecisionChoice, ...] = get_args(PrecisionChoice)
LEAST_BFLOAT16 = (8, 0)
"""The lowest CUDA compute capability for bfloat16: Ampere."""
LEAST_FLOAT16 = (7, 0)
"""The lowest CUDA compute capability for float16: Volta, the first with tensor cores."""


class Device(NamedTuple):
    """A kind of device, as its backend names it."""

    kind: Kind
    name: str
    capability: tuple[int, int] = (0, 0)
    """The CUDA compute capability, of several devices the lowest; (0, 0) without CUDA."""
    present: int = 1
    """The number of devices of this kind that the backend sees."""


class Backend(NamedTuple):
    """The Keras backend of a training, its device and its precision."""

    name: str
    """The name of the backend: ``tensorflow``, ``jax`` or ``torch``."""
    device: Device
    precision: Precision
    """Keras's dtype policy in training; the model that comes out is float32."""


def open_backend(device: DeviceChoice = "auto", precision: PrecisionChoice = "auto") -> Backend:
    """Import Keras with its backend, make it use ``device`` and return both.

    ``train`` calls this function itself. Call it earlier to learn the device. The first call takes
    seconds, and fixes the device of this process.

    Raises DeviceError if there is no such device; the message names the devices and the packages
    to install.
    """
    found = choose_device(device)
    # Not earlier, because this import fixes PyTorch's device.
    import keras

    return Backend(keras.backend.backend(), found, choose_precision(precision, found))


def choose_device(wanted: DeviceChoice) -> Device:
    """Return the devices of kind ``wanted``, or with ``auto`` the fastest; make Keras use them.

    Call it before anything else uses the backend, because the first use fixes the device.

    Raises DeviceError if there is no device of that kind; the message names the devices and the
    packages to install.
    """
    backend = _backend()
    if wanted not in DEVICES:
        raise DeviceError(f"Expected a device of {', '.join(DEVICES)}; got {wanted!r}.")
    if backend not in PROBES:
        raise DeviceError(f"Expected KERAS_BACKEND of {', '.join(PROBES)}; got {backend!r}.")
    try:
        found = PROBES[backend]()
    except ImportError as error:
        raise DeviceError(
            f"Expected {backend} (KERAS_BACKEND), it is not installed: pip install {backend}."
        ) from error
    kind = found[0].kind if wanted == "auto" else wanted
    alike = [device for device in found if device.kind == kind]
    if not alike:
        seen = ", ".join(f"{device.kind} ({device.name})" for device in found)
        raise DeviceError(
            f"Expected a {wanted} device for the {backend} backend, got {seen}:"
            f" {HINTS[kind].get(backend, HINTS[kind][ANY])}, or leave out --device."
        )
    chosen = _together(alike)
    _USE[backend](chosen)
    return chosen


def choose_precision(wanted: PrecisionChoice, device: Device) -> Precision:
    """Return Keras's dtype policy for ``device``; ``auto`` is mixed if the hardware supports it.

    Raises DeviceError for an unknown precision.
    """
    if wanted not in PRECISIONS:
        raise DeviceError(f"Expected a precision of {', '.join(PRECISIONS)}; got {wanted!r}.")
    if wanted != "auto":
        return wanted
    if device.capability >= LEAST_BFLOAT16:
        return "mixed_bfloat16"
    return "mixed_float16" if device.capability >= LEAST_FLOAT16 else "float32"


def _backend() -> str:
    if "KERAS_BACKEND" not in os.environ and "keras" in sys.modules:
        # A program that imported Keras has its backend, whatever the default is here.
        os.environ["KERAS_BACKEND"] = sys.modules["keras"].backend.backend()
    # Set it before Keras is imported, because that import fixes PyTorch's device.
    return os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def _together(alike: list[Device]) -> Device:
    """Return ``alike``, devices of one kind, as one Device."""
    return Device(
        alike[0].kind,
        " and ".join(dict.fromkeys(device.name for device in alike)),
        min(device.capability for device in alike),
        len(alike),
    )


def _cpu() -> Device:
    return Device("cpu", f"{platform.machine()}, {usable_cores()} cores")


def _tensorflow_devices() -> list[Device]:
    import tensorflow

    devices = []
    for gpu in tensorflow.config.list_physical_devices("GPU"):
        details = tensorflow.config.experimental.get_device_details(gpu)
        kind: Kind = "metal" if sys.platform == "darwin" else "cuda"
        capability = details.get("compute_capability", (0, 0))
        devices.append(Device(kind, details.get("device_name", gpu.name), capability))
    processor = tensorflow.config.list_physical_devices("CPU")[0]
    logical = tensorflow.config.get_logical_device_configuration(processor) or [None]
    return [*devices, *[_cpu()] * len(logical)]


def _torch_devices() -> list[Device]:
    import torch

    devices = [
        Device("cuda", torch.cuda.get_device_name(number), torch.cuda.get_device_capability(number))
        for number in range(torch.cuda.device_count())
    ]
    if torch.backends.mps.is_available():
        devices.append(Device("metal", f"{platform.machine()} GPU"))
    return [*devices, _cpu()]


def _jax_devices() -> list[Device]:
    import jax

    devices = []
    for device in jax.devices():
        if device.platform in ("gpu", "cuda"):
            major, _, minor = str(device.compute_capability).partition(".")
            devices.append(Device("cuda", device.device_kind, (int(major), int(minor or 0))))
        elif device.platform.lower() == "metal":
            devices.append(Device("metal", device.device_kind))
    return [*devices, _cpu()]


def _use_in_tensorflow(device: Device) -> None:
    import tensorflow

    if device.kind == "cpu":
        tensorflow.config.set_visible_devices([], "GPU")


def _use_in_torch(device: Device) -> None:
    os.environ["KERAS_TORCH_DEVICE"] = {"metal": "mps"}.get(device.kind, device.kind)


def _use_in_jax(device: Device) -> None:
    import jax

    if device.kind == "cpu":
        jax.config.update("jax_default_device", jax.devices("cpu")[0])


PROBES: dict[str, Callable[[], list[Device]]] = {
    "tensorflow": _tensorflow_devices,
    "torch": _torch_devices,
    "jax": _jax_devices,
}
"""A Keras backend to a function that lists its devices, the fastest first, the processor last."""

_USE: dict[str, Callable[[Device], None]] = {
    "tensorflow": _use_in_tensorflow,
    "torch": _use_in_torch,
    "jax": _use_in_jax,
}

ANY = "any"
HINTS: Mapping[Kind, Mapping[str, str]] = {
    "cpu": {ANY: "every machine has one"},
    "cuda": {
        "tensorflow": "pip install 'tensorflow[and-cuda]' beside NVIDIA's driver",
        "jax": "pip install 'jax[cuda12]' beside NVIDIA's driver",
        ANY: "pip install torch on Linux, beside NVIDIA's driver",
    },
    "metal": {
        "tensorflow": ("pip install tensorflow-metal 'tensorflow<2.20' on a Mac with an Apple GPU"),
        ANY: "pip install torch on a Mac with an Apple GPU, and set KERAS_BACKEND=torch",
    },
}
"""How to get a device of each kind, for each backend."""
