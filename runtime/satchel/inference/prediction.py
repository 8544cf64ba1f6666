"""Turns scores into labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.label_output import LabelOutput


class Prediction(NamedTuple):
    """A label, and how sure the model is of it."""

    label: str
    score: float
    """The probability of the label, 0 to 1."""

    @property
    def id(self) -> str | None:
        """A name that only this label has. None if the labels of the model are distinct."""
        return None

    @property
    def chosen(self) -> bool | None:
        """Whether the score reaches the label's threshold. None if only one label can be right."""
        return None

    def __str__(self) -> str:
        """Return the words for a terminal. A label that is not chosen stands in parentheses."""
        words = f"{self.id or self.label} {self.score:.3f}"
        return f"({words})" if self.chosen is False else words

    def to_json(self) -> dict[str, Any]:
        """Return the label and the score by name, and the id and the choice unless None."""
        found = {**self._asdict(), "id": self.id, "chosen": self.chosen}
        return {name: value for name, value in found.items() if value is not None}


class _DetailedPrediction(Prediction):
    """A prediction with an id or a choice. Like every prediction, it unpacks to two values."""

    _id: str | None
    _chosen: bool | None

    @property
    def id(self) -> str | None:
        return self._id

    @property
    def chosen(self) -> bool | None:
        return self._chosen

    def __repr__(self) -> str:
        return f"Prediction({', '.join(f'{key}={each!r}' for key, each in self.to_json().items())})"


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


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability of each of ``logits`` by itself, float32 of the same shape.

    >>> sigmoid(np.float32([0.0, -200.0]))
    array([0.5, 0. ], dtype=float32)
    """
    import numpy as np

    # Only powers below 1 are computed, so nothing overflows.
    powers = np.exp(-np.abs(logits))
    probabilities: NDArray[np.float32] = np.where(logits >= 0, 1, powers) / (1 + powers)
    return probabilities


def best_labels(
    scores: NDArray[np.float32], output: LabelOutput, k: int | None = None
) -> list[Prediction]:
    """Return the ``k`` best labels (all if None) of ``output``, best first, as ``top_k`` does.

    They have their ids if the labels repeat. Labels of a multi-label model are chosen or not.
    """
    if not output.ids and not output.multi_label:
        return top_k(scores, output.labels, k)
    found: list[Prediction] = []
    for at in _order(scores, k):
        each = _DetailedPrediction(output.labels[at], float(scores[at]))
        each._id = output.ids[at] if output.ids else None
        each._chosen = each.score >= output.threshold(at) if output.multi_label else None
        found.append(each)
    return found


def top_k(
    scores: NDArray[np.float32], labels: Sequence[str], k: int | None = None
) -> list[Prediction]:
    """Return the ``k`` best labels (all if None), best first. Equal scores keep the labels' order.

    >>> top_k(np.float32([0.25, 0.75]), ["no", "yes"], k=1)
    [Prediction(label='yes', score=0.75)]
    """
    order = _order(scores, k)
    names = map(labels.__getitem__, order)
    # Like Prediction._make, but without its call, which would take most of the time for 1,000
    # labels.
    return [
        tuple.__new__(Prediction, best) for best in zip(names, scores[order].tolist(), strict=True)
    ]


def _order(scores: NDArray[np.float32], k: int | None) -> list[int]:
    import numpy as np

    if k is not None and k < 1:
        raise ValueError(f"Expected top of at least 1, got {k}.")
    order: list[int] = np.argsort(-scores, kind="stable")[:k].tolist()
    return order
