"""Weights of labels in the loss, so that a rare label counts as much as a common one."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel_train.training_loop.losses import has_shares

Loss: TypeAlias = Callable[[Any, Any], Any]
"""A function from labels and scores to the loss of each sample."""


def balanced_weights(labels: NDArray[np.int32], *, count: int) -> NDArray[np.float32]:
    """Return the weight of each of ``count`` labels, float32 (count,), by the inverse frequency.

    The mean weight of ``labels`` is 1. A label without samples has the weight 1.

    Source: King and Zeng 2001, Logistic Regression in Rare Events Data.
    """
    samples = np.bincount(labels, minlength=count)
    present = np.count_nonzero(samples)
    weights = len(labels) / (present * np.maximum(samples, 1))
    return np.where(samples > 0, weights, 1.0).astype(np.float32)


def weighted(loss: Loss, weights: NDArray[np.float32]) -> Loss:
    """Return ``loss`` times the weight of each sample's label.

    ``labels`` are positions, (n,) or (n, 1), or shares of all labels, (n, labels). The weight of
    shares is their mean.
    """
    from keras import ops

    def weighted_loss(labels: Any, scores: Any) -> Any:
        if has_shares(labels, scores):
            of_samples = ops.matmul(ops.cast(labels, "float32"), weights[:, None])[..., 0]
        else:
            of_samples = ops.take(weights, ops.cast(ops.reshape(labels, (-1,)), "int32"))
        return loss(labels, scores) * of_samples

    return weighted_loss
