"""Says why a workstation does not train on a GPU, and what else is in the way of a training.

The module ``probes`` collects facts, this module judges them. The first reason that holds is the
one that is said: a driver that is missing explains everything behind it.
"""

from collections.abc import Iterator

from satchel.device import Finding
from satchel_train.workstation.probes import Workstation

LEAST_MEMORY_BYTES = 4 << 30
"""TensorFlow and the converter's child processes take 2 to 3 GiB together."""
LEAST_FREE_BYTES = 2 << 30
"""CIFAR-100 and its unpacked images, or IMDB and its model folders, with room for bundles."""
LEAST_DRIVER = {"12": (525, 60), "13": (580, 0)}
"""A major version of CUDA to the oldest of NVIDIA's drivers for Linux that runs it."""
METAL_BREAKS_AT = (2, 20)
"""The first TensorFlow that does not load tensorflow-metal 1.2, its last release."""
CUDA_WHEELS = {
    "tensorflow": "pip install 'tensorflow[and-cuda]'",
    "jax": "pip install 'jax[cuda12]'",
    "torch": "pip install torch --force-reinstall, without an index of processor wheels",
}
"""A backend to the command that installs its wheels for NVIDIA's GPUs, on Linux."""
MPS = "pip install torch and set KERAS_BACKEND=torch: it trains on the Apple GPU (MPS)."


def diagnose_workstation(workstation: Workstation) -> list[Finding]:
    """Return what is not as a training would like it. Empty if nothing is wrong.

    No finding stops a bundle from running: that needs neither Keras nor a GPU.
    """
    found = [*_backend(workstation), *_memory(workstation), *_disk(workstation)]
    if workstation.problem is None and not uses_gpu(workstation):
        found += _without_gpu(workstation)
    return [Finding(about, False, message, remedy) for about, message, remedy in found]


def uses_gpu(workstation: Workstation) -> bool:
    """Return whether the backend sees a GPU."""
    return any(kind != "cpu" for kind, _ in workstation.devices)


def gpu_in_words(workstation: Workstation) -> str:
    """Return the GPUs that are used, or that there is none and whether one is on the bus."""
    seen = [f"{name} ({kind})" for kind, name in workstation.devices if kind != "cpu"]
    if seen:
        return ", ".join(seen)
    there = [f"{name}, driver {driver}" for name, driver in workstation.gpus]
    if there:
        return f"not used: {', '.join(there)}"
    if workstation.nvidia_hardware:
        return "not used: an NVIDIA GPU without a driver"
    if is_apple(workstation):
        return "not used: the Apple GPU"
    return "none: no NVIDIA GPU was found on this machine"


def is_apple(workstation: Workstation) -> bool:
    """Return whether this is a Mac with an Apple processor, which has a GPU."""
    on_arm = workstation.machine == "arm64" or workstation.translated
    return workstation.system == "Darwin" and on_arm


Reason = tuple[str, str, str]
"""What a finding is about, its message and its remedy."""


def _backend(workstation: Workstation) -> Iterator[Reason]:
    if workstation.keras is None:
        message = "Expected Keras 3 for trainings and conversions, got none installed."
        yield "keras", message, "pip install keras"
    if workstation.problem is not None:
        yield (
            "keras",
            f"Expected the Keras backend {workstation.backend} to load, got:"
            f" {workstation.problem.rstrip('.')}.",
            f"pip install {workstation.backend}, or set KERAS_BACKEND to an installed one.",
        )


def _memory(workstation: Workstation) -> Iterator[Reason]:
    size = workstation.memory_bytes
    if size is not None and size < LEAST_MEMORY_BYTES:
        yield (
            "ram",
            f"Expected {LEAST_MEMORY_BYTES >> 30} GiB of memory for trainings and conversions,"
            f" got {size / 2**30:.1f}.",
            "Train small recipes (digits, reviews), or use a larger machine.",
        )


def _disk(workstation: Workstation) -> Iterator[Reason]:
    if workstation.free_bytes < LEAST_FREE_BYTES:
        yield (
            "disk",
            f"Expected {LEAST_FREE_BYTES >> 30} GiB free for data sets in {workstation.cache!r},"
            f" got {workstation.free_bytes / 2**30:.1f}.",
            "Free some space, or set XDG_CACHE_HOME to a folder on another disk.",
        )


def _without_gpu(workstation: Workstation) -> Iterator[Reason]:
    if workstation.system == "Darwin":
        reasons = _on_a_mac(workstation)
    elif workstation.gpus or workstation.nvidia_hardware:
        reasons = _beside_nvidia(workstation)
    else:
        return
    message, remedy = reasons
    yield "gpu", message, remedy


def _on_a_mac(workstation: Workstation) -> tuple[str, str]:
    packages = workstation.packages
    if workstation.translated:
        return (
            "Expected a Python for Apple processors, got one for Intel that is translated:"
            " it sees no GPU.",
            "Install an arm64 Python, and make the environment anew.",
        )
    if workstation.machine != "arm64":
        return (
            "Expected a Mac with an Apple processor for its GPU, got one with Intel's: Keras has"
            " no route to its GPU.",
            "Train on the processor, or on a machine with an NVIDIA GPU.",
        )
    if workstation.backend == "jax":
        return (
            "Expected a backend with a route to the Apple GPU, got jax, whose plugin jax-metal is"
            " no longer maintained.",
            MPS,
        )
    if workstation.backend == "torch":
        return (
            f"Expected PyTorch {packages.get('torch', '')} to offer MPS, got a processor only.",
            "Update macOS to 14 or newer, and pip install --upgrade torch.",
        )
    if "tensorflow-metal" not in packages:
        return (
            "Expected tensorflow-metal for the Apple GPU, got none installed.",
            f"pip install 'satchel-train[apple]' in an environment without satchel-convert, or"
            f" {MPS}",
        )
    tensorflow = packages.get("tensorflow", "0")
    if _numbers(tensorflow) >= METAL_BREAKS_AT:
        return (
            f"Expected TensorFlow below {_dotted(METAL_BREAKS_AT)} for tensorflow-metal"
            f" {packages['tensorflow-metal']}, got {tensorflow}, which does not load it.",
            f"pip install 'tensorflow<2.20' in an environment without satchel-convert, or {MPS}",
        )
    return (
        "Expected tensorflow-metal to offer the Apple GPU, got a processor only.",
        f"Update macOS and tensorflow-metal, or {MPS}",
    )


def _beside_nvidia(workstation: Workstation) -> tuple[str, str]:
    backend = workstation.backend
    wheels = CUDA_WHEELS[backend]
    if not workstation.gpus:
        if workstation.unreadable:
            return (
                f"Expected a user who may open {', '.join(workstation.unreadable)}, got one who"
                " may not.",
                "Join the group of these files (ls -l /dev/nvidia0), then log in again.",
            )
        return (
            "Expected NVIDIA's driver for the NVIDIA GPU, got none that answers (nvidia-smi).",
            "Install the driver of the distribution and restart; in a container, start it with"
            " --gpus all.",
        )
    if workstation.hidden:
        return (
            "Expected CUDA_VISIBLE_DEVICES to name a GPU, got a value that hides all of them.",
            "unset CUDA_VISIBLE_DEVICES",
        )
    if workstation.system == "Windows" and backend != "torch":
        return (
            f"Expected Linux for {backend} on a GPU, got Windows: its wheels have no CUDA.",
            "Use WSL 2, or pip install torch and set KERAS_BACKEND=torch.",
        )
    cuda = _cuda_of(workstation)
    if cuda is None:
        version = workstation.packages.get(backend) or workstation.packages.get(f"{backend}-cpu")
        return (
            f"Expected a {backend} with CUDA, got {version or 'one'} for processors only.",
            wheels,
        )
    driver = workstation.gpus[0][1]
    oldest = LEAST_DRIVER.get(cuda.split(".")[0])
    if oldest is not None and _numbers(driver) < oldest:
        return (
            f"Expected NVIDIA's driver {_dotted(oldest)} or newer for CUDA {cuda}, got {driver}.",
            "Update the driver and restart.",
        )
    if backend == "tensorflow" and "nvidia-cudnn-cu12" not in workstation.packages:
        return (
            f"Expected the libraries of CUDA {cuda} for TensorFlow, got none of pip's"
            f" (nvidia-cudnn-cu12){_said(workstation)}.",
            wheels,
        )
    return (
        f"Expected {backend} to use {workstation.gpus[0][0]}, got a processor only"
        f"{_said(workstation)}.",
        f"{wheels}, in a new environment; TF_CPP_MIN_LOG_LEVEL=0 satchel doctor --json shows all"
        " messages.",
    )


def _cuda_of(workstation: Workstation) -> str | None:
    """Return the version of CUDA that the backend is made for. None for processors only."""
    if workstation.backend != "jax":
        return workstation.cuda
    majors = [major for major in LEAST_DRIVER if f"jax-cuda{major}-plugin" in workstation.packages]
    return majors[-1] if majors else None


def _said(workstation: Workstation) -> str:
    """Return the last message of the backend that is about CUDA, for the end of a sentence."""
    words = ("cuda", "cudnn", "gpu", "dlopen")
    lines = [
        line.strip()
        for line in workstation.messages.splitlines()
        if any(word in line.lower() for word in words)
    ]
    return f"; it says: {lines[-1].rstrip('.')}" if lines else ""


def _numbers(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version, to compare."""
    parts = version.split(".")[:2]
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in parts)


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
