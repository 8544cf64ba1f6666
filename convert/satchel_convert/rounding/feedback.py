"""Rounds weights one input after another and lets the later inputs take up the error.

Source: Frantar et al. 2022, GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
Transformers (https://arxiv.org/abs/2210.17323). The order, inputs of large variance first, is that
of its authors' option ``act_order``.
"""

import numpy as np
from numpy.typing import NDArray

from satchel_convert.rounding.levels import nearest

AT_ONCE = 64
"""The number of inputs whose errors are handed on together, for the sake of speed"""


def round_with_feedback(
    weights: NDArray[np.float64],
    covariance: NDArray[np.float64],
    steps: NDArray[np.floating],
    *,
    bits: int,
) -> NDArray[np.float64]:
    """Return the levels of weights, (..., outputs, inputs), as real numbers.

    ``covariance`` of the inputs, (..., inputs, inputs), can be inverted; ``steps`` are the scales
    in the shape of ``weights``. Raises numpy.linalg.LinAlgError for a covariance without an
    inverse.
    """
    order = np.argsort(-np.diagonal(covariance, axis1=-2, axis2=-1), axis=-1, kind="stable")
    rows, columns = order[..., :, np.newaxis], order[..., np.newaxis, :]
    sorted_covariance = np.take_along_axis(np.take_along_axis(covariance, rows, -2), columns, -1)
    # Row i of the factor says how the error of input i is best taken up by those after it.
    factor = np.swapaxes(np.linalg.cholesky(np.linalg.inv(sorted_covariance)), -1, -2)
    left = np.take_along_axis(weights, columns, -1)
    steps = np.take_along_axis(steps, columns, -1)
    levels = np.empty_like(left)
    inputs = left.shape[-1]
    for start in range(0, inputs, AT_ONCE):
        end = min(start + AT_ONCE, inputs)
        errors = np.empty_like(left[..., start:end])
        for at in range(start, end):
            levels[..., at] = nearest(left[..., at], steps[..., at], bits)
            missed = left[..., at] - levels[..., at] * steps[..., at]
            errors[..., at - start] = missed / factor[..., at, at, np.newaxis]
            left[..., at:end] -= (
                errors[..., at - start, np.newaxis] * factor[..., np.newaxis, at, at:end]
            )
        left[..., end:] -= errors @ factor[..., start:end, end:]
    back = np.argsort(order, axis=-1)[..., np.newaxis, :]
    return np.take_along_axis(levels, back, -1)
