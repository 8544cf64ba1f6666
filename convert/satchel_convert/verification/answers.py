"""The answer of a classifier for each sample, as one number that can be compared.

It is the index of the most probable label. A model that may give several labels answers with a set
of them, whose number has a bit for each chosen label. Two answers are equal if the numbers are.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def answers(scores: NDArray[np.float32], output: Any) -> NDArray[Any]:
    """Return the answer for each row of probabilities, (samples, labels).

    ``output`` is the card's output of labels. The answers are int64 (samples,), or for sets of
    labels Python's integers, which may need more bits.
    """
    if not output.multi_label:
        top: NDArray[np.int64] = scores.argmax(axis=1)
        return top
    chosen = scores >= thresholds(output)
    return sets_of_labels(np.flatnonzero(row).tolist() for row in chosen)


def sets_of_labels(rows: Iterable[Sequence[int]]) -> NDArray[Any]:
    """Return the number of each set of labels, given by their indexes."""
    numbers = [sum(1 << at for at in set(row)) for row in rows]
    return np.array(numbers, object)


def confidence(scores: NDArray[np.float32], answered: NDArray[Any], output: Any) -> Any:
    """Return the probability of each answer, float32 (samples,), by the scores of that sample.

    That of a set is the product over all labels, as if they were independent.
    """
    if not output.multi_label:
        return scores[np.arange(len(scores)), answered.astype(np.int64)]
    held = chosen_labels(answered, scores.shape[1])
    return np.where(held, scores, 1 - scores).prod(axis=1, dtype=np.float64).astype(np.float32)


def thresholds(output: Any) -> NDArray[np.float64]:
    """Return the threshold of each label, (labels,)."""
    return np.array([output.threshold(at) for at in range(len(output.labels))])


def chosen_labels(answered: NDArray[Any], labels: int) -> NDArray[np.bool_]:
    """Return whether each of so many labels is in each set of labels, bool (samples, labels)."""
    width = (labels + 7) // 8
    packed = b"".join(int(number).to_bytes(width, "little") for number in answered)
    rows = np.frombuffer(packed, np.uint8).reshape(len(answered), width)
    return np.unpackbits(rows, axis=1, count=labels, bitorder="little").astype(np.bool_)


def name(answer: Any, output: Any) -> str:
    """Return an answer in words: its label, or its labels with commas, or "no label"."""
    names: Sequence[str] = output.name_of_each
    if not output.multi_label:
        return names[int(answer)]
    return ", ".join(each for at, each in enumerate(names) if answer >> at & 1) or "no label"
