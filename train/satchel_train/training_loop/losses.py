"""The loss and the accuracy of a classifier, for labels of two forms.

A label is the position of the right one, int (n,), or the share of each label in a mixture of two
samples, float (n, labels).
"""

from collections.abc import Callable
from typing import Any


def crossentropy(label_smoothing: float) -> Callable[[Any, Any], Any]:
    """Return a function from labels and softmax scores to each sample's cross-entropy in nats."""
    from keras import losses, ops

    def sharp(labels: Any, scores: Any) -> Any:
        if has_shares(labels, scores):
            return losses.categorical_crossentropy(labels, scores)
        return losses.sparse_categorical_crossentropy(labels, scores)

    if label_smoothing == 0:
        return sharp

    def smoothed(labels: Any, scores: Any) -> Any:
        even = -ops.mean(ops.log(ops.clip(scores, 1e-7, 1)), axis=-1)
        return (1 - label_smoothing) * sharp(labels, scores) + label_smoothing * even

    return smoothed


def accuracy(labels: Any, scores: Any) -> Any:
    """Return 1 for each sample whose top score is the right label's, else 0, float32 (n,).

    The right label of a mixture is the one with the largest share.
    """
    from keras import ops

    right = ops.argmax(labels, axis=-1) if has_shares(labels, scores) else labels
    said = ops.argmax(scores, axis=-1)
    return ops.cast(ops.equal(said, ops.cast(ops.reshape(right, (-1,)), said.dtype)), "float32")


def has_shares(labels: Any, scores: Any) -> bool:
    """Return whether ``labels`` are the shares of all labels, and not positions."""
    return len(labels.shape) == len(scores.shape) and labels.shape[-1] == scores.shape[-1]
