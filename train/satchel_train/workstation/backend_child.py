"""Imports a Keras backend in a process of its own and prints what it sees, as one line of JSON.

``python -m satchel_train.workstation.backend_child tensorflow``. A process of its own, because a
wheel for a newer processor ends its process, and because a GPU stays in use until its process ends.
"""

import json
import os
import sys
from collections.abc import Callable

from satchel_train.training_loop.device import PROBES


def _tensorflow_cuda() -> str | None:
    import tensorflow

    if not tensorflow.test.is_built_with_cuda():
        return None
    return str(tensorflow.sysconfig.get_build_info().get("cuda_version", "of an unknown version"))


def _torch_cuda() -> str | None:
    import torch

    return None if torch.version.cuda is None else str(torch.version.cuda)


BUILT_WITH_CUDA: dict[str, Callable[[], str | None]] = {
    "tensorflow": _tensorflow_cuda,
    "torch": _torch_cuda,
    # JAX has CUDA in a package of its own, which is among the installed ones.
    "jax": lambda: None,
}
"""A backend to a function that returns the version of CUDA in its wheel, None without CUDA."""


def main() -> None:
    """Print the backend's devices and its version of CUDA."""
    backend = sys.argv[1]
    os.environ["KERAS_BACKEND"] = backend
    devices = PROBES[backend]()
    import keras

    keras.backend.backend()
    seen = [[device.kind, device.name] for device in devices]
    print(json.dumps({"devices": seen, "cuda": BUILT_WITH_CUDA[backend]()}))


if __name__ == "__main__":
    main()
