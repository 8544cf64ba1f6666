"""Scores of labels as a model's output, in the converter.

What needs SciPy is imported when a model is judged: samples are read without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json, LabelOutput, VerifiedLabels
from satchel.metrics import label_accuracy
from satchel_convert.golden.tolerances import LABEL_ALLOWANCES, Allowance
from satchel_convert.task import Compared, Cost, CostScale, Judged, Result, TensorDescription
from satchel_convert.verification.limits import LabelLimits
from satchel_convert.verification.sample_statistics import (
    LabelStatistics,
    label_statistics,
    sqnr_db,
)

if TYPE_CHECKING:
    from satchel_convert.verification.non_inferiority import Interval

LIMITS: type[LabelLimits] = LabelLimits
ALLOWANCES: Mapping[str, Allowance] = LABEL_ALLOWANCES
HEADINGS: tuple[str, ...] = (
    "accu-\nracy",
    "drop\npp",
    "95 %\nfrom, to",
    "agree-\nment",
    "largest\ndiffer.",
)
LEGEND = (
    "Drop: percentage points of accuracy lost against the float model on the same samples, with its"
    " 95 % confidence interval. Agreement: share of samples with the float model's top label."
    " Largest difference: of any one probability."
)
COST = CostScale(
    name="accuracy lost",
    heading="accuracy",
    axis="accuracy drop, pp, 95 % (low is better)",
    # Percentage points: zeros are to look like zeros.
    least_span=0.2,
    tick=None,
)
RUN_ARGUMENTS = "INPUT"
IN_MEMORY = True
HAS_EXAMPLES = False
BATCH = 256
"""Samples at a time through the float model"""
BATCH_BYTES = 16 << 20
"""Of its input: what a convolution puts out may be twenty times as large"""
DIGITS = 7
"""Of a golden vector's probability behind the point; no tolerance is as small as its last one"""


def deployed(output: LabelOutput) -> LabelOutput:
    """Return the output of the converted models, whose graph ends in probabilities."""
    return replace(output, activation="softmax")


def finish(values: Any, output: LabelOutput) -> Any:
    """Return probabilities, (1, labels), with a softmax or a second column where one is missing."""
    import keras

    if output.activation == "none":
        return keras.layers.Softmax()(values)
    if output.activation == "sigmoid":
        return keras.layers.Concatenate()([1.0 - values, values])
    return values


def describe_tensor(output: LabelOutput) -> TensorDescription:
    """Return what a .tflite's metadata say of the output."""
    words = "probability of each label"
    return TensorDescription("probability", words, stats=(0.0, 1.0), labels=True)


def describe(output: LabelOutput) -> str:
    """Return what is behind the task's name in a .tflite's description."""
    return f"with {len(output.labels)} labels"


def wrong_shape(shape: Sequence[int | None], output: LabelOutput) -> str:
    """Return in words that a float model does not put out a number for each label."""
    return (
        f"Expected {output.shape[0]} outputs for the card's {len(output.labels)} labels,"
        f" got the shape {tuple(shape)}."
    )


def batch_size(input_bytes: int) -> int:
    """Return how many samples of that size the float model takes at once."""
    return max(1, min(BATCH, BATCH_BYTES // input_bytes))


def statistics(found: NDArray[np.float32], expected: NDArray[np.float32]) -> LabelStatistics:
    """Return what probabilities, (samples, labels), amount to."""
    return label_statistics(found, expected)


def reference_statistics(expected: NDArray[np.float32]) -> LabelStatistics:
    """Return what the float model's probabilities amount to."""
    return label_statistics(expected, expected)


def reference_accuracy(reference: LabelStatistics, truth: NDArray[np.int64]) -> float:
    """Return the float model's accuracy, 0 to 1."""
    return label_accuracy(reference.top, truth)


def non_inferiority(
    found: LabelStatistics,
    reference: LabelStatistics,
    truth: NDArray[np.int64],
    *,
    output_spec: LabelOutput,
    scheme: str,
    limits: LabelLimits,
) -> Judged:
    """Return a model's drop of accuracy, and whether it is too much."""
    from satchel_convert.verification.disagreements import worst_disagreements
    from satchel_convert.verification.failures import label_failures
    from satchel_convert.verification.paired_test import run_paired_test

    labels = output_spec.labels
    paired_test = run_paired_test(
        found, reference, truth, labels=labels, margin=limits.margin_points / 100
    )
    verified = _verified(found, reference, truth, paired_test.verdict.drop)
    return Judged(
        verified,
        label_failures(scheme, verified, limits, paired_test.verdict),
        paired_test,
        worst_disagreements(found, reference, truth, labels),
        int((found.top != reference.top).sum()),
    )


def compare(
    file: str,
    found: LabelStatistics,
    before: LabelStatistics,
    truth: NDArray[np.int64],
    *,
    output_spec: LabelOutput,
    limits: LabelLimits,
) -> Compared:
    """Return whether a model loses accuracy against the one before it."""
    from satchel_convert.verification.failures import drop_in_words, within_margin
    from satchel_convert.verification.paired_test import run_paired_test

    margin = limits.margin_points / 100
    paired_test = run_paired_test(found, before, truth, labels=output_spec.labels, margin=margin)
    verdict = paired_test.verdict
    result: Result = "passed" if verdict.decision == "pass" else "undecided"
    if not within_margin(verdict, limits):
        result = "failed"
    reason = "" if result == "passed" else drop_in_words(verdict)
    accuracies = label_accuracy(before.top, truth), label_accuracy(found.top, truth)
    return Compared(file, result, reason, *accuracies, paired_test)


def figures(found: VerifiedLabels) -> list[str]:
    """Return what verification found, a cell for each of HEADINGS."""
    return [
        f"{found.accuracy:.2%}",
        f"{found.drop_points:+.2f}",
        " ".join(f"{limit:+.2f}" for limit in found.drop_ci95) or "-",
        f"{found.agreement:.2%}",
        f"{found.largest_difference:.2g}",
    ]


def cost_in_words(found: VerifiedLabels) -> str:
    """Return the accuracy that a model loses or gains, as part of a sentence."""
    verb = "gains" if found.drop_points < 0 else "loses"
    words = f"{verb} {abs(found.drop_points):.2f} pp of accuracy"
    if not found.drop_ci95:
        return words
    lower, upper = found.drop_ci95
    if verb == "gains":
        lower, upper = -upper, -lower
    return f"{words} (95 %: {lower:.2f} to {upper:.2f})"


def cost(found: VerifiedLabels) -> Cost:
    """Return the percentage points of accuracy that a model loses, with their interval."""
    if not found.drop_ci95:
        return Cost(found.drop_points)
    lower, upper = found.drop_ci95
    return Cost(found.drop_points, (lower, upper))


def golden_fields(scores: NDArray[np.float32], number: int) -> dict[str, Json]:
    """Return the probabilities as a golden vector has them."""
    return {"scores": [round(float(score), DIGITS) for score in scores]}


def golden_files(scores: NDArray[np.float32], number: int) -> Mapping[str, bytes]:
    """Return no file: the vector itself has the probabilities."""
    return {}


def _verified(
    found: LabelStatistics, reference: LabelStatistics, truth: NDArray[np.int64], drop: "Interval"
) -> VerifiedLabels:
    right, ratio = label_accuracy(found.top, truth), sqnr_db(found)
    return VerifiedLabels(
        samples=len(truth),
        accuracy=round(right, 6),
        drop_points=round(100 * (label_accuracy(reference.top, truth) - right), 4),
        agreement=round(float((found.top == reference.top).mean()), 6),
        largest_difference=float(f"{found.largest_difference.max():.3g}"),
        sqnr_db=round(ratio, 2) if np.isfinite(ratio) else None,
        drop_ci95=tuple(round(100 * limit, 4) for limit in drop),
    )
