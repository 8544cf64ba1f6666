"""Measures predictions against the true labels, and images against a reference."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def accuracy(scores: NDArray[np.float32], truth: NDArray[np.integer[Any]]) -> float:
    """Return the share of samples, 0 to 1, whose top label is the true one.

    ``scores`` is float32 (samples, classes), ``truth`` the index of the right label, (samples,).
    """
    return label_accuracy(scores.argmax(axis=1), truth)


def label_accuracy(labels: NDArray[np.generic], truth: NDArray[np.generic]) -> float:
    """Return the share of samples, 0 to 1, at which ``labels`` and ``truth``, (samples,), agree.

    >>> label_accuracy(np.array([1, 0, 2, 2]), np.array([1, 0, 2, 0]))
    0.75
    """
    return float((labels == truth).mean())


def psnr_db(reference: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio in decibel, infinite if nothing differs.

    ``reference`` and ``pixels`` are uint8 of the same shape.
    """
    return psnr_db_of_noise(root_mean_square(reference, pixels))


def psnr_db_of_noise(noise: float) -> float:
    """Return the peak signal-to-noise ratio in decibel for a root mean square of the differences.

    >>> psnr_db_of_noise(255.0), psnr_db_of_noise(0.0)
    (0.0, inf)
    """
    return float(20 * np.log10(255 / noise)) if noise else float("inf")


def root_mean_square(reference: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> float:
    """Return the root mean square of the pixels' differences, 0 to 255.

    >>> root_mean_square(np.uint8([0, 0, 0, 0]), np.uint8([0, 0, 0, 6]))
    3.0
    """
    # Widen first: uint8 would wrap around, and in int64 the sum of squares stays exact.
    noise = pixels.astype(np.int64) - reference
    return float(np.sqrt(np.square(noise).mean()))
