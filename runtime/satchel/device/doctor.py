"""Finds what keeps bundles from running on a device, and what to do about it.

The module ``probes`` collects facts, this module judges them: ``diagnose`` depends on nothing else.
"""

from collections.abc import Iterator
from typing import NamedTuple

from satchel.device.probes import EngineProbe, Probes
from satchel.engines.engine import release

LEAST_AVAILABLE_BYTES = 128 << 20
"""Enough for an image classifier at 224 x 224 with its engine and Pillow, and for decoding."""
LEAST_PILLOW = "9.4"
LEAST_PYTHON = (3, 11)
TFLITE_PYTHON = (3, 11)
"""The newest Python for which tflite-runtime 2.14, its last version, has wheels."""
ARM_32 = ("armv7l", "armv8l")
"""The names that a 32-bit kernel, or one that pretends to be, gives a processor with wheels."""


class Finding(NamedTuple):
    """One thing on this device that is not as it should be."""

    about: str
    """The word in the table of ``satchel doctor``: python, system, engines, numpy, ..."""
    stops: bool
    """Whether no bundle runs until this is remedied."""
    message: str
    """One sentence that says what was expected and what was found."""
    remedy: str
    """One sentence that says what to do about it."""


def diagnose(probes: Probes) -> list[Finding]:
    """Return the findings, first those that stop every bundle. Empty if nothing is wrong."""
    found = [
        *_python(probes),
        *_processor(probes),
        *_engines(probes),
        *_memory(probes),
        *_images(probes),
        *_camera(probes),
        *_state(probes),
    ]
    return sorted(found, key=lambda finding: not finding.stops)


def is_32_bit_on_64(probes: Probes) -> bool:
    """Return whether 32-bit programs run under a 64-bit kernel of an Arm."""
    return probes.bits == 32 and probes.machine == "aarch64"


def _python(probes: Probes) -> Iterator[Finding]:
    if probes.python < LEAST_PYTHON:
        yield Finding(
            "python",
            True,
            f"Expected Python {_dotted(LEAST_PYTHON)} or newer, got {_dotted(probes.python)}.",
            "Install Raspberry Pi OS 12 or newer, or a newer Python beside the system's.",
        )


def _processor(probes: Probes) -> Iterator[Finding]:
    if is_32_bit_on_64(probes):
        yield Finding(
            "system",
            False,
            f"Expected a 64-bit system on a 64-bit kernel ({probes.machine}), got a 32-bit one:"
            " LiteRT and ONNX Runtime have no wheels for it.",
            "Install the 64-bit Raspberry Pi OS, or use tflite-runtime on Python 3.11.",
        )
    elif probes.machine == "armv6l":
        yield Finding(
            "system",
            True,
            "Expected a processor with ARMv7 or newer, got ARMv6: no engine has wheels for it.",
            "Use a Raspberry Pi Zero 2 W, 3, 4 or 5.",
        )


def _engines(probes: Probes) -> Iterator[Finding]:
    problems = {engine.name: _engine_problem(engine, probes) for engine in probes.engines}
    none_runs = all(problems.values())
    if not probes.engines:
        yield Finding(
            "engines", True, "Expected an engine, got none installed.", _how_to_install(probes)
        )
    for engine in probes.engines:
        problem = problems[engine.name]
        if problem is not None:
            yield Finding("engines", none_runs, *problem)


def _engine_problem(engine: EngineProbe, probes: Probes) -> tuple[str, str] | None:
    """Return the problem of an installed engine and its remedy, None if it has no problem."""
    named = f"{engine.name} {engine.version}"
    if engine.name == "tflite_runtime" and release(probes.numpy) >= (2,):
        return (
            f"Expected NumPy 1 for {named}, which is built for it, got {probes.numpy}.",
            "pip install 'numpy<2'",
        )
    if engine.problem is None:
        return None
    message = f"Expected {named} to load, got: {engine.problem}."
    if engine.problem == "killed by SIGILL":
        return message, "Use another engine: the wheel of this one needs a newer processor."
    return message, f"Install it again, or another engine: {_how_to_install(probes)}"


def _how_to_install(probes: Probes) -> str:
    if probes.bits == 64:
        return "pip install ai-edge-litert"
    if not (probes.machine in ARM_32 or is_32_bit_on_64(probes)):
        return "Use a 64-bit system: there are no wheels of an engine for this one."
    if probes.python[:2] > TFLITE_PYTHON:
        return (
            "Install the 64-bit Raspberry Pi OS, or Python 3.11: no engine has 32-bit wheels for"
            f" Python {_dotted(probes.python[:2])}."
        )
    return "sudo apt install python3-numpy, then pip install tflite-runtime"


def _memory(probes: Probes) -> Iterator[Finding]:
    available = probes.available_bytes
    if available is not None and available < LEAST_AVAILABLE_BYTES:
        yield Finding(
            "memory",
            False,
            f"Expected {LEAST_AVAILABLE_BYTES >> 20} MiB of memory available for a model and an"
            f" image, got {available >> 20}.",
            "Stop other programs, boot without a desktop (sudo raspi-config) or add swap.",
        )


def _images(probes: Probes) -> Iterator[Finding]:
    install = "pip install Pillow"
    if probes.bits == 32:
        install = "sudo apt install python3-pil"
    if probes.pillow is None:
        message = "Expected Pillow to read images from files, got none installed."
        yield Finding("pillow", False, message, install)
    elif release(probes.pillow) < release(LEAST_PILLOW):
        message = f"Expected Pillow {LEAST_PILLOW} or newer, got {probes.pillow}."
        yield Finding("pillow", False, message, install)


def _camera(probes: Probes) -> Iterator[Finding]:
    closed = [camera.path for camera in probes.cameras if not camera.readable]
    if closed:
        yield Finding(
            "camera",
            False,
            f"Expected a user who may read {', '.join(closed)}, got one who may not.",
            "sudo usermod -aG video $USER, then log in again.",
        )
    if not probes.cameras and not probes.picamera2:
        yield Finding(
            "camera",
            False,
            "Expected a camera, got neither a /dev/video* of one nor picamera2.",
            "Only live images need one: connect it, and check that the system lists it.",
        )
    elif _is_pi(probes) and not probes.picamera2:
        yield Finding(
            "camera",
            False,
            "Expected picamera2 for the Pi's own camera, got a Python that does not find it.",
            "sudo apt install python3-picamera2, in an environment made with"
            " --system-site-packages; a USB camera does not need it.",
        )


def _is_pi(probes: Probes) -> bool:
    return probes.board is not None and probes.board.startswith("Raspberry Pi")


def _state(probes: Probes) -> Iterator[Finding]:
    if probes.state is None:
        yield Finding(
            "state",
            False,
            "Expected a folder to remember things in, got a user without a home.",
            "Set SATCHEL_STATE to a folder.",
        )
    elif probes.state_problem is not None:
        yield Finding(
            "state",
            False,
            f"Expected to write to {probes.state!r}, got: {probes.state_problem}.",
            "Set SATCHEL_STATE to a folder that this user may write to.",
        )


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
