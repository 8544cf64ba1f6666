"""What the runtime draws from each seed."""

from collections.abc import Iterable

import numpy as np

from conformance.vector_files import Vectors
from satchel.bundle.card import TensorSpec
from satchel.errors import InputError
from satchel.preprocessing.latent import MAX_SEED, draw_latent, quantize_latent, splitmix64

SEEDS = (0, 7, 1234567, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**52 + 1, MAX_SEED)
LENGTH = 6
"""Numbers of each; of one seed as many as a generator takes"""
_TENSORS = (TensorSpec("uint8", 2 / 255, 128), TensorSpec("uint8", 0.01, 100))
"""One that holds all of -1 to 1, and one that clips"""
_NO_SEEDS = (-1, MAX_SEED + 1, 0.5, "7", None, True, [7])


def write_latents(out: Vectors) -> None:
    """Write ``latents.json``."""
    cases = [_case(seed, LENGTH) for seed in SEEDS]
    latent = out.array("latent_7", draw_latent(7, 1000))
    out.json(
        "latents",
        {
            "cases": cases,
            "longer": [{"seed": 7, "length": 1000, "latent": latent}],
            "tensors": [_tensor(seed, tensor) for seed in SEEDS for tensor in _TENSORS],
            "refused": [{"seed": seed, "error": _refusal(seed)} for seed in _NO_SEEDS],
        },
    )


def _case(seed: int, length: int) -> dict:
    latent = draw_latent(seed, length)[0]
    return {
        "seed": seed,
        # As text: most languages' JSON has no 64-bit integers.
        "z": [str(number) for number in splitmix64(seed, length)],
        "bits": [f"{bits:08x}" for bits in latent.view(np.uint32)],
        "latent": _floats(latent),
    }


def _tensor(seed: int, tensor: TensorSpec) -> dict:
    levels = quantize_latent(draw_latent(seed, LENGTH), tensor)[0].tolist()
    spec = {"dtype": tensor.dtype, "scale": tensor.scale, "zero_point": tensor.zero_point}
    return {"seed": seed, "length": LENGTH, "tensor": spec, "values": levels}


def _refusal(seed: object) -> str | None:
    try:
        draw_latent(seed, 1)
    except InputError as error:
        return type(error).__name__
    return None


def _floats(values: Iterable[np.float32]) -> list[float]:
    """Return the same numbers, which a double holds and JSON spells in full."""
    return [float(value) for value in values]
