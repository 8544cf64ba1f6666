"""Decides what the outputs of a model mean: from its last operation, or from what it puts out.

The last operation says it best. Where it cannot be known, as in a SavedModel, the outputs for some
samples decide.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Activation, LabelOutput
from satchel_convert.errors import ModelFolderError
from satchel_convert.own_models.labels import label_ids

ROUNDING = 1e-3
"""How far a probability may lie outside of 0 to 1, and a sum of them from 1: float kernels round"""


CLEAR = ("softmax", "sigmoid", "log_softmax", "linear")
"""The last operations that say what the outputs mean"""


class StatedOutput(NamedTuple):
    """What the caller says about the outputs of a model."""

    activation: Activation | None = None
    multi_label: bool = False
    thresholds: tuple[float, ...] = ()


class OutputMeaning(NamedTuple):
    """The meaning of a model's outputs, and the reason for it in words."""

    output: LabelOutput
    reason: str


class _Guess(NamedTuple):
    activation: Activation
    reason: str
    multi_label: bool = False


def output_meaning(
    labels: Sequence[str],
    *,
    count: int,
    last: str | None,
    values: NDArray[np.float32] | None,
    stated: StatedOutput,
    name: str,
) -> OutputMeaning:
    """Return the meaning of ``count`` outputs for ``labels``.

    ``last`` is Keras's name of the operation that makes the outputs (``softmax``, ``sigmoid``,
    ``log_softmax``, ``linear``), None if it is not known. ``values`` are the outputs for some
    samples, float32 (samples, count), None if the model was not run. ``name`` names the model in
    messages.

    Raises ModelFolderError for outputs that do not fit the labels or what is stated.
    """
    found = _stated(stated, count) or _by_operation(last, count) or _by_values(values, name)
    several = stated.multi_label or found.multi_label
    if several and found.activation not in ("sigmoid", "none"):
        raise ModelFolderError(
            f"Expected sigmoids or logits of several labels from {name!r}, got {found.reason}:"
            " leave --multi-label out."
        )
    _check_thresholds(stated.thresholds, labels, several=several, name=name)
    output = LabelOutput(
        tuple(labels), found.activation, several, stated.thresholds, label_ids(labels)
    )
    if output.shape != (count,):
        raise ModelFolderError(
            f"Expected {output.shape[0]} outputs ({output.activation}) for {len(labels)} labels,"
            f" got {count} from {name!r}."
        )
    return OutputMeaning(output, found.reason)


def _stated(stated: StatedOutput, count: int) -> _Guess | None:
    if stated.activation is None:
        return None
    several = stated.activation == "sigmoid" and count > 1
    return _Guess(stated.activation, f"{stated.activation}, as stated", several)


def _by_operation(last: str | None, count: int) -> _Guess | None:
    if last == "softmax":
        return _Guess("softmax", "probabilities: the last operation is a softmax")
    if last == "sigmoid":
        return _sigmoid("the last operation is a sigmoid", count)
    if last == "log_softmax":
        # The softmax of the logarithms of probabilities is these probabilities.
        return _Guess("none", "logarithms of probabilities: the last operation is a log_softmax")
    if last == "linear":
        return _logits("the last operation is no softmax and no sigmoid", count)
    return None


def _sigmoid(why: str, count: int) -> _Guess:
    if count == 1:
        return _Guess("sigmoid", f"the probability of the second label: {why}")
    return _Guess("sigmoid", f"a probability of its own for each label: {why}", multi_label=True)


def _logits(why: str, count: int) -> _Guess:
    if count == 1:
        return _Guess("logit", f"the logit of the second label: {why}")
    return _Guess("none", f"a logit for each label: {why}")


def _by_values(values: NDArray[np.float32] | None, name: str) -> _Guess:
    if values is None:
        raise ModelFolderError(
            f"Expected --activation softmax, sigmoid, logit or none: the last operation of {name!r}"
            " does not show which it is."
        )
    count = values.shape[1]
    if values.min() < -ROUNDING or values.max() > 1 + ROUNDING:
        low, high = float(values.min()), float(values.max())
        return _logits(f"they lie in {low:.3g} to {high:.3g}", count)
    if count == 1:
        return _sigmoid("it lies in 0 to 1", count)
    if np.abs(values.sum(axis=1, dtype=np.float64) - 1).max() <= ROUNDING:
        return _Guess("softmax", "probabilities: they lie in 0 to 1 and sum to 1")
    return _sigmoid("they lie in 0 to 1 and do not sum to 1", count)


def _check_thresholds(
    thresholds: Sequence[float], labels: Sequence[str], *, several: bool, name: str
) -> None:
    if not thresholds:
        return
    if not several:
        raise ModelFolderError(
            f"Expected no thresholds for {name!r}: only one of its labels can be right."
        )
    if len(thresholds) != len(labels) or not all(0 <= each <= 1 for each in thresholds):
        raise ModelFolderError(
            f"Expected a threshold from 0 to 1 for each of {len(labels)} labels,"
            f" got {', '.join(f'{each:g}' for each in thresholds)}."
        )
