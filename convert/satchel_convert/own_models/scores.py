"""Checks that the predictions of a model are what its declared activation promises."""

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import LabelOutput, TensorSpec
from satchel_convert.errors import ConversionError

ROUNDING = 1e-3
"""How far a probability may lie outside of 0 to 1: float kernels do not sum to exactly 1"""
SUM = 1e-2
"""How far the sum of the probabilities may lie from 1, besides the rounding of 8-bit outputs. A
softmax in float16 or of an edge kernel is that far off."""


def check_scores(
    scores: NDArray[np.float32],
    *,
    output: LabelOutput,
    name: str,
    step: float = 0.0,
) -> None:
    """Raise ConversionError unless ``scores``, (samples, labels), are probabilities.

    They must lie in 0 to 1, and sum to 1 unless each label has its own. ``step`` is the distance of
    the levels of an 8-bit output, 0 for floats. ``name`` names the model in messages.
    """
    if not np.isfinite(scores).all():
        raise ConversionError(
            f"Expected finite scores from {name!r}, got {scores[~np.isfinite(scores)][0]}: the"
            " model, or how its inputs are prepared, is wrong."
        )
    low, high = float(scores.min()), float(scores.max())
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise ConversionError(
            f"Expected probabilities from {name!r}, got {low:.3g} to {high:.3g}:"
            f" {_other_scores(output)}."
        )
    if output.multi_label:
        return
    sums = scores.sum(axis=1, dtype=np.float64)
    allowed = SUM + scores.shape[1] * step / 2
    worst = float(sums[np.abs(sums - 1).argmax()])
    if abs(worst - 1) > allowed:
        raise ConversionError(
            f"Expected the probabilities of {name!r} to sum to 1, got a sum of {worst:.3g}: if each"
            " label has a probability of its own, add --multi-label; if its outputs are other"
            " scores, add --activation none."
        )


def output_step(tensor: TensorSpec) -> float:
    """Return the distance of the levels of an 8-bit output; 0 for an output of floats."""
    return tensor.scale if tensor.dtype in ("uint8", "int8") else 0.0


def _other_scores(output: LabelOutput) -> str:
    if output.activation == "sigmoid":
        return "if its output is a logit, add --activation logit"
    return "if its outputs are other scores, add --activation none"
