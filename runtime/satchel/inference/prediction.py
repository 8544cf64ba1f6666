"""Scores to labels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Prediction(NamedTuple):
    """One label and how sure the model is of it."""

    label: str
    score: float
    """Probability, 0 to 1"""


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities of ``logits``, float32 of the same shape, over the last axis.

    >>> softmax(np.float32([0.0, 0.0]))
    array([0.5, 0.5], dtype=float32)
    """
    # The largest becomes exp(0): nothing overflows.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities


def top_k(
    scores: NDArray[np.float32], labels: Sequence[str], k: int | None = None
) -> list[Prediction]:
    """Return the ``k`` best labels (all if None), best first; equal scores keep the labels' order.

    >>> top_k(np.float32([0.25, 0.75]), ["no", "yes"], k=1)
    [Prediction(label='yes', score=0.75)]
    """
    if k is not None and k < 1:
        raise ValueError(f"Expected top of at least 1, got {k}.")
    order = np.argsort(-scores, kind="stable")[:k]
    names = map(labels.__getitem__, order.tolist())
    # As Prediction._make, without a call for each: of 1,000 labels it is most of what this takes.
    return [
        tuple.__new__(Prediction, best) for best in zip(names, scores[order].tolist(), strict=True)
    ]
