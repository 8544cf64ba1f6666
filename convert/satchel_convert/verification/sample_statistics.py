"""Reduces predictions to a few numbers for each sample, from which a report's figures are computed.

The statistics stay small however many labels or pixels a prediction has, and the figures do not
depend on the division into shards.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import LabelOutput
from satchel_convert.verification.answers import answers, confidence


class LabelStatistics(NamedTuple):
    """The statistics of probabilities beside a reference: arrays of one number for each sample."""

    top: NDArray[Any]
    """The answer: the index of the most probable label, or the number of a set of labels"""
    confidence: NDArray[np.float32]
    """The probability of the answer"""
    power: NDArray[np.float64]
    """The sum of the reference's squared probabilities"""
    noise: NDArray[np.float64]
    """The sum of the squared differences from the reference"""
    largest_difference: NDArray[np.float64]
    """The largest difference of any one probability"""
    kept: NDArray[np.float32]
    """The probability of the reference's answer"""


class ImageStatistics(NamedTuple):
    """The statistics of images beside a reference: arrays of one number for each sample."""

    mean_square: NDArray[np.float64]
    """The mean square of the differences from the reference, in squared levels of 0 to 255"""
    largest_difference: NDArray[np.int64]
    """The largest difference of any one pixel's channel, 0 to 255"""


def label_statistics(
    scores: NDArray[np.float32], reference: NDArray[np.float32], output: LabelOutput
) -> LabelStatistics:
    """Return the statistics of probabilities, (samples, labels) of ``output``, beside a reference.

    Raises ValueError if the shapes differ.
    """
    _check_shapes(scores, reference)
    noise = scores.astype(np.float64) - reference
    answered = answers(scores, output)
    return LabelStatistics(
        answered,
        confidence(scores, answered, output),
        np.square(reference, dtype=np.float64).sum(axis=1),
        np.square(noise).sum(axis=1),
        np.abs(noise).max(axis=1),
        confidence(scores, answers(reference, output), output),
    )


def image_statistics(pixels: NDArray[np.uint8], reference: NDArray[np.uint8]) -> ImageStatistics:
    """Return the statistics of images, uint8 (samples, height, width, 3), beside a reference.

    Raises ValueError if the shapes differ.
    """
    _check_shapes(pixels, reference)
    squares, largest = [], []
    # One image at a time, because a shard of int64 would be eight times as large.
    for each, expected in zip(pixels, reference, strict=True):
        noise = each.astype(np.int64) - expected
        squares.append(np.square(noise).mean())
        largest.append(np.abs(noise).max())
    return ImageStatistics(np.array(squares, np.float64), np.array(largest, np.int64))


def join(statistics_by_model: Sequence[Any]) -> Any:
    """Return the statistics of all samples, joined from those of the shards in their order.

    Statistics are NamedTuples of arrays, or None if a task keeps none.
    """
    if statistics_by_model[0] is None:
        return None
    columns = zip(*statistics_by_model, strict=True)
    return type(statistics_by_model[0])(*(np.concatenate(column) for column in columns))


def sqnr_db(statistics: LabelStatistics) -> float:
    """Return the signal-to-quantization-noise ratio in decibels; infinite if nothing differs."""
    noise = statistics.noise.sum()
    return float(10 * np.log10(statistics.power.sum() / noise)) if noise else float("inf")


def _check_shapes(predictions: NDArray[np.generic], reference: NDArray[np.generic]) -> None:
    if predictions.shape != reference.shape:
        raise ValueError(
            f"Expected predictions of the reference's shape {reference.shape},"
            f" got {predictions.shape}."
        )
