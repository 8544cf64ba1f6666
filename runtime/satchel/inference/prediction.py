"""Turns scores into labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Prediction(NamedTuple):
    """A label, and how sure the model is of it."""

    label: str
    score: float
    """The probability of the label, 0 to 1."""


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities of ``logits``, float32 of the same shape, over the last axis.

    >>> softmax(np.float32([0.0, 0.0]))
    array([0.5, 0.5], dtype=float32)
    """
    import numpy as np

    # The largest becomes exp(0), so nothing overflows.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities


def top_k(
    scores: NDArray[np.float32], labels: Sequence[str], k: int | None = None
) -> list[Prediction]:
    """Return the ``k`` best labels (all if None), best first. Equal scores keep the labels' order.

    >>> top_k(np.float32([0.25, 0.75]), ["no", "yes"], k=1)
    [Prediction(label='yes', score=0.75)]
    """
    import numpy as np

    if k is not None and k < 1:
        raise ValueError(f"Expected top of at least 1, got {k}.")
    order = np.argsort(-scores, kind="stable")[:k]
    names = map(labels.__getitem__, order.tolist())
    # Like Prediction._make, but without its call, which would take most of the time for 1,000
    # labels.
    return [
        tuple.__new__(Prediction, best) for best in zip(names, scores[order].tolist(), strict=True)
    ]
