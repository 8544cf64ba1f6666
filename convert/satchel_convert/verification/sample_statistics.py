"""Answers reduced to a few numbers a sample, all that a report's figures are computed from.

However many labels or pixels an answer has, what is kept of it stays small, and the figures are the
same in whichever shards it came.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class LabelStatistics(NamedTuple):
    """Of probabilities, beside those of a reference: a number a sample in each."""

    top: NDArray[np.int64]
    """The most probable label"""
    confidence: NDArray[np.float32]
    """Its probability"""
    power: NDArray[np.float64]
    """The sum of the reference's squared probabilities"""
    noise: NDArray[np.float64]
    """The sum of the squared differences"""
    largest_difference: NDArray[np.float64]
    """Of any one probability"""
    kept: NDArray[np.float32]
    """The probability of the reference's most probable label"""


class ImageStatistics(NamedTuple):
    """Of images, beside those of a reference: a number a sample in each."""

    mean_square: NDArray[np.float64]
    """Of the differences, levels squared"""
    largest_difference: NDArray[np.int64]
    """Of any one pixel's channel, 0 to 255"""


def label_statistics(
    scores: NDArray[np.float32], reference: NDArray[np.float32]
) -> LabelStatistics:
    """Return what probabilities, (samples, labels), amount to.

    Raises ValueError where the shapes differ.
    """
    _check_shapes(scores, reference)
    noise = scores.astype(np.float64) - reference
    return LabelStatistics(
        scores.argmax(axis=1),
        scores.max(axis=1),
        np.square(reference, dtype=np.float64).sum(axis=1),
        np.square(noise).sum(axis=1),
        np.abs(noise).max(axis=1),
        scores[np.arange(len(scores)), reference.argmax(axis=1)],
    )


def image_statistics(pixels: NDArray[np.uint8], reference: NDArray[np.uint8]) -> ImageStatistics:
    """Return what images, uint8 (samples, height, width, 3), amount to.

    Raises ValueError where the shapes differ.
    """
    _check_shapes(pixels, reference)
    squares, largest = [], []
    # One after another: widened, a shard would be eight times as large.
    for each, expected in zip(pixels, reference, strict=True):
        noise = each.astype(np.int64) - expected
        squares.append(np.square(noise).mean())
        largest.append(np.abs(noise).max())
    return ImageStatistics(np.array(squares, np.float64), np.array(largest, np.int64))


def join(statistics_by_model: Sequence[Any]) -> Any:
    """Return the statistics of all samples, from those of the shards in their order.

    They are NamedTuples of arrays; None where a task keeps nothing of a model.
    """
    if statistics_by_model[0] is None:
        return None
    columns = zip(*statistics_by_model, strict=True)
    return type(statistics_by_model[0])(*(np.concatenate(column) for column in columns))


def sqnr_db(statistics: LabelStatistics) -> float:
    """Return the signal-to-quantization-noise ratio in decibel, infinite where nothing differs."""
    noise = statistics.noise.sum()
    return float(10 * np.log10(statistics.power.sum() / noise)) if noise else float("inf")


def _check_shapes(predictions: NDArray[np.generic], reference: NDArray[np.generic]) -> None:
    if predictions.shape != reference.shape:
        raise ValueError(
            f"Expected answers of the reference's shape {reference.shape}, got {predictions.shape}."
        )
