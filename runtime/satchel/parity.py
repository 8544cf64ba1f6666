"""How far two sets of scores, or of pictures, are apart."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Parity(NamedTuple):
    """How far a converted model's scores are from the float model's."""

    agreement: float
    """Share of samples with the same top label, 0 to 1"""
    largest_difference: float
    """Largest difference of any one probability, 0 to 1"""
    sqnr_db: float
    """Signal-to-quantization-noise ratio in decibel, infinite where nothing differs"""


def compare(reference: NDArray[np.float32], scores: NDArray[np.float32]) -> Parity:
    """Return how far ``scores`` are from ``reference``, both float32 (samples, classes).

    Raises ValueError where the shapes differ or there is no sample.

    >>> compare(np.float32([[0.25, 0.75]]), np.float32([[0.5, 0.5]])).largest_difference
    0.25
    """
    if reference.shape != scores.shape or not len(reference):
        raise ValueError(
            f"Expected scores of the reference's shape {reference.shape}, got {scores.shape}."
        )
    noise = scores.astype(np.float64) - reference
    same = scores.argmax(axis=1) == reference.argmax(axis=1)
    return Parity(float(same.mean()), float(np.abs(noise).max()), _decibel(reference, noise))


def accuracy(scores: NDArray[np.float32], truth: NDArray[np.integer[Any]]) -> float:
    """Return the share of samples, 0 to 1, whose top label is the true one.

    ``scores`` is float32 (samples, classes), ``truth`` the index of the right label, (samples,).
    """
    return float((scores.argmax(axis=1) == truth).mean())


def psnr_db(reference: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio in decibel, infinite where nothing differs.

    ``reference`` and ``pixels`` are uint8 of the same shape.
    """
    noise = root_mean_square(reference, pixels)
    return float(20 * np.log10(255 / noise)) if noise else float("inf")


def largest_difference(reference: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> int:
    """Return the largest difference of any one pixel's channel, 0 to 255."""
    return int(np.abs(pixels.astype(np.int16) - reference).max())


def root_mean_square(reference: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> float:
    """Return the root mean square of the pixels' differences, 0 to 255.

    >>> root_mean_square(np.uint8([0, 0, 0, 0]), np.uint8([0, 0, 0, 6]))
    3.0
    """
    # Widened to subtract; the sum of squares stays exact.
    noise = pixels.astype(np.int64) - reference
    return float(np.sqrt(np.square(noise).mean()))


def _decibel(signal: NDArray[np.float32], noise: NDArray[np.float64]) -> float:
    power = float(np.square(noise).sum())
    if power == 0:
        return float("inf")
    return float(10 * np.log10(np.square(signal, dtype=np.float64).sum() / power))
