"""Second moments of a layer's inputs: all that rounding needs to know of the calibration samples.

A layer computes ``x @ weights.T + bias``. Its bias can take out any error of the mean
(``mean_error``), so the moments are those about the mean: covariances.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DAMPING = 0.01
"""The share of the mean variance that is added to each variance. It makes the covariance of few
samples invertible and keeps what they do not show near the float weights (GPTQ, section 3.3)"""

FIT_DAMPING = 0.1
"""The same for weights that are fitted to the inputs of a partly rounded model. More of it, or few
samples would be fitted instead of the errors before them"""


class Moments(NamedTuple):
    """The moments of a layer's inputs in the float model and in the partly rounded model.

    Arrays may have axes in front, such as the groups of a grouped or depthwise convolution. Moments
    of equal shape are added to join samples.
    """

    positions: int
    """The number of positions"""
    sums: NDArray[np.float64]
    """(..., inputs) of the float model"""
    rounded_sums: NDArray[np.float64]
    """(..., inputs) of the partly rounded model"""
    products: NDArray[np.float64]
    """(..., inputs, inputs) of the partly rounded model's inputs with themselves"""
    cross_products: NDArray[np.float64]
    """(..., inputs, inputs) of the float model's inputs, rows, with the rounded model's, columns"""

    def plus(self, other: "Moments") -> "Moments":
        """Return the moments of both sets of positions."""
        return Moments(
            self.positions + other.positions,
            self.sums + other.sums,
            self.rounded_sums + other.rounded_sums,
            self.products + other.products,
            self.cross_products + other.cross_products,
        )

    @property
    def covariance(self) -> NDArray[np.float64]:
        """The covariance of the partly rounded model's inputs, (..., inputs, inputs)."""
        return self.products / self.positions - _outer(
            self.rounded_sums, self.rounded_sums, self.positions
        )

    @property
    def cross_covariance(self) -> NDArray[np.float64]:
        """The covariance of the float model's inputs, rows, with the rounded model's, columns."""
        return self.cross_products / self.positions - _outer(
            self.sums, self.rounded_sums, self.positions
        )


def moments(inputs: NDArray[np.float32], rounded: NDArray[np.float32]) -> Moments:
    """Return the moments of inputs of both models at the same positions, (..., positions, inputs).

    ``rounded`` are the inputs that the layer gets in the partly rounded model.
    """
    transposed = np.swapaxes(rounded, -1, -2)
    return Moments(
        positions=inputs.shape[-2],
        sums=inputs.sum(-2, np.float64),
        rounded_sums=rounded.sum(-2, np.float64),
        products=(transposed @ rounded).astype(np.float64),
        cross_products=(np.swapaxes(inputs, -1, -2) @ rounded).astype(np.float64),
    )


def damped(covariance: NDArray[np.float64], damping: float = DAMPING) -> NDArray[np.float64]:
    """Return a covariance, (..., inputs, inputs), that can be inverted.

    An input that never varies gets the mean variance, so that its weight is rounded to the nearest.
    """
    variances = np.diagonal(covariance, axis1=-2, axis2=-1)
    mean = variances.mean(-1, keepdims=True)
    added = damping * np.where(mean > 0, mean, 1.0) + np.where(variances > 0, 0.0, mean)
    return covariance + added[..., np.newaxis] * np.eye(covariance.shape[-1])


def fitted_weights(
    weights: NDArray[np.float64], seen: Moments, damping: float = FIT_DAMPING
) -> NDArray[np.float64]:
    """Return weights, (..., outputs, inputs), that undo what rounding did to the layer's inputs.

    They are the ridge regression of the float model's outputs on the inputs of the partly rounded
    model: of all weights, those with which the outputs differ least. Source: Li et al. 2025,
    GPTAQ: Efficient Finetuning-Free Quantization for Asymmetric Calibration
    (https://arxiv.org/abs/2504.02692), which does it column by column.
    """
    covariance = seen.covariance
    moved = weights @ (seen.cross_covariance - covariance)
    return weights + np.swapaxes(
        np.linalg.solve(damped(covariance, damping), np.swapaxes(moved, -1, -2)), -1, -2
    )


def mean_error(
    weights: NDArray[np.float64], rounded: NDArray[np.float64], seen: Moments
) -> NDArray[np.float64]:
    """Return what to add to the bias, (..., outputs), so that the mean of each output is right.

    Source: Nagel et al. 2019, Data-Free Quantization Through Weight Equalization and Bias
    Correction (https://arxiv.org/abs/1906.04721), section 4.2.
    """
    difference = _times(weights, seen.sums) - _times(rounded, seen.rounded_sums)
    return difference / seen.positions


def _times(weights: NDArray[np.float64], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    product: NDArray[np.float64] = (weights @ sums[..., np.newaxis])[..., 0]
    return product


def _outer(
    rows: NDArray[np.float64], columns: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Return the products of means, (..., inputs, inputs), from sums over ``count`` positions."""
    products: NDArray[np.float64] = (
        rows[..., :, np.newaxis] * columns[..., np.newaxis, :] / count / count
    )
    return products
