"""Turns a seed into the numbers that a generator starts from, with the same bits in every language.

SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014,
https://doi.org/10.1145/2660193.2660195) needs only 64-bit integers. Its numbers do not depend on
each other, so NumPy computes them all at once. The latent is uniform, as in DCGAN (Radford et al.,
2016, https://arxiv.org/abs/1511.06434).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.card import TensorSpec
from satchel.errors import EngineError, InputError
from satchel.quantization import quantize

MAX_SEED = 2**53 - 1
"""The largest seed. JavaScript's numbers hold every whole number up to this one exactly."""

_INTEGERS: tuple[type, ...] = (int, np.integer)
"""The types of a seed. An integer of NumPy is one as well."""

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX = np.uint64(0x94D049BB133111EB)
_DROPPED_BITS = np.uint64(40)
"""The number of low bits of 64 that are dropped. float32 holds the other 24 exactly."""


def draw_latent(seed: int, length: int) -> NDArray[np.float32]:
    """Return the latent of ``seed``, float32 (1, length), uniform in [-1, 1).

    Raises InputError unless ``seed`` is a whole number from 0 to MAX_SEED.

    >>> draw_latent(7, 3)
    array([[-0.22034061, -0.9664235 ,  0.8015213 ]], dtype=float32)
    """
    # In Python a bool is an int, but it is not a seed.
    if not isinstance(seed, _INTEGERS) or isinstance(seed, bool) or not 0 <= seed <= MAX_SEED:
        raise InputError(f"Expected a seed, a whole number from 0 to {MAX_SEED}, got {seed!r:.60}.")
    upper = splitmix64(seed, length) >> _DROPPED_BITS
    # Both steps are exact, so no language can round them differently.
    return (upper.astype(np.float32) / np.float32(1 << 23) - np.float32(1))[np.newaxis]


def splitmix64(seed: int, count: int) -> NDArray[np.uint64]:
    """Return the first ``count`` outputs of SplitMix64 started at ``seed``, uint64 (count,)."""
    # uint64 arrays wrap around at 2**64, as the generator's definition needs.
    state = np.uint64(seed) + _GAMMA * np.arange(1, count + 1, dtype=np.uint64)
    mixed = (state ^ (state >> np.uint64(30))) * _FIRST_MIX
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND_MIX
    return mixed ^ (mixed >> np.uint64(31))


def to_latent(numbers: NDArray[np.floating[Any]], length: int) -> NDArray[np.float32]:
    """Return a caller's own ``numbers``, (length,) of any float, as float32 (1, length).

    Raises InputError for another shape, another kind of number and numbers that are not finite.
    """
    if not np.issubdtype(numbers.dtype, np.floating) or numbers.shape != (length,):
        raise InputError(
            f"Expected a latent of float32 ({length},), got {numbers.dtype} {numbers.shape}."
        )
    with np.errstate(over="ignore"):
        # A double that float32 cannot hold becomes infinite, and the check below refuses it.
        latent = numbers.astype(np.float32)
    if not np.isfinite(latent).all():
        raise InputError("Expected a latent of finite numbers, got some that are not.")
    return latent[np.newaxis]


def quantize_latent(
    latent: NDArray[np.float32], tensor: TensorSpec
) -> NDArray[np.float32] | NDArray[np.uint8]:
    """Return ``latent``, float32 (n, length), in the dtype of the model's input.

    Raises EngineError for another dtype than float32 and uint8.
    """
    if tensor.dtype == "float32":
        return latent
    if tensor.dtype == "uint8":
        return quantize(latent, scale=tensor.scale, zero_point=tensor.zero_point, dtype=np.uint8)
    raise EngineError(f"Expected a generator with float32 or uint8 input, got {tensor.dtype}.")
