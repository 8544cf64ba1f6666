"""The functions for label outputs in the converter.

Modules that need SciPy are imported inside functions, because reading samples does not need it.
"""

from collections.abc import Mapping, Sequence
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
    from satchel_convert.statistics import Interval

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
    " 95 % confidence interval; + is a loss, - a gain. Agreement: share of samples with the float"
    " model's top label. Largest difference: of any one probability."
)
COST = CostScale(
    name="accuracy lost",
    heading="accuracy",
    axis="accuracy drop, pp, 95 % (low is better)",
    # Percentage points: a drop of 0 must look like 0 in the plot.
    least_span=0.2,
    tick=None,
)
RUN_ARGUMENTS = "INPUT"
IN_MEMORY = True
HAS_EXAMPLES = False
BATCH = 256
"""The largest number of samples in one batch of the float model"""
BATCH_BYTES = 16 << 20
"""The largest size of a batch. The output of a convolution may be twenty times larger."""
DIGITS = 5
"""The number of decimals in a golden vector's probability; every tolerance is larger than the last
decimal"""
MANY_LABELS = 128
MANY_DIGITS = 3
"""The number of decimals for more than MANY_LABELS labels. Most of them then are 0: of a thousand
labels, five decimals take 7 kB and three 2 kB, which is room for three times as many vectors."""


def deployed(output: LabelOutput) -> LabelOutput:
    """Return the output of the converted models, whose graph ends in probabilities."""
    return output._replace(activation="sigmoid" if output.multi_label else "softmax")


def finish(values: Any, output: LabelOutput) -> Any:
    """Return probabilities, (1, labels); a missing activation or second column is added."""
    import keras

    if output.multi_label:
        return keras.layers.Activation("sigmoid")(values) if output.activation == "none" else values
    if output.activation == "logit":
        values = keras.layers.Activation("sigmoid")(values)
        return keras.layers.Concatenate()([1.0 - values, values])
    if output.activation == "none":
        return keras.layers.Softmax()(values)
    if output.activation == "sigmoid":
        return keras.layers.Concatenate()([1.0 - values, values])
    return values


def describe_tensor(output: LabelOutput) -> TensorDescription:
    """Return the description of the output for a .tflite's metadata."""
    words = "probability of each label"
    return TensorDescription("probability", words, stats=(0.0, 1.0), labels=True)


def describe(output: LabelOutput) -> str:
    """Return the words that follow the task's name in a .tflite's description."""
    return f"with {len(output.labels)} labels"


def wrong_shape(shape: Sequence[int | None], output: LabelOutput) -> str:
    """Return the error message for a float model without one output number for each label."""
    return (
        f"Expected {output.shape[0]} outputs for the card's {len(output.labels)} labels,"
        f" got the shape {tuple(shape)}."
    )


def batch_size(input_bytes: int) -> int:
    """Return the number of samples of that size in one batch of the float model."""
    return max(1, min(BATCH, BATCH_BYTES // input_bytes))


def statistics(
    found: NDArray[np.float32], expected: NDArray[np.float32], output: LabelOutput
) -> LabelStatistics:
    """Return the statistics of probabilities, (samples, labels), beside the expected ones."""
    return label_statistics(found, expected, output)


def reference_statistics(expected: NDArray[np.float32], output: LabelOutput) -> LabelStatistics:
    """Return the statistics of the float model's own probabilities."""
    return label_statistics(expected, expected, output)


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
    """Return a model's drop of accuracy, and whether it exceeds the limits."""
    from satchel_convert.verification.disagreements import worst_disagreements
    from satchel_convert.verification.failures import label_failures
    from satchel_convert.verification.paired_test import run_paired_test

    paired_test = run_paired_test(
        found, reference, truth, output=output_spec, margin=limits.margin_points / 100
    )
    verified = _verified(found, reference, truth, paired_test.verdict.drop)
    return Judged(
        verified,
        label_failures(
            scheme,
            verified,
            limits,
            paired_test.verdict,
            typical_difference=float(np.sqrt(np.square(found.largest_difference).mean())),
        ),
        paired_test,
        worst_disagreements(found, reference, truth, output_spec),
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
    """Return the comparison of a model's accuracy with that of its older version."""
    from satchel_convert.verification.failures import drop_in_words, within_margin
    from satchel_convert.verification.paired_test import run_paired_test

    margin = limits.margin_points / 100
    paired_test = run_paired_test(found, before, truth, output=output_spec, margin=margin)
    verdict = paired_test.verdict
    result: Result = "passed" if verdict.decision == "pass" else "undecided"
    if not within_margin(verdict, limits):
        result = "failed"
    reason = "" if result == "passed" else drop_in_words(verdict)
    accuracies = label_accuracy(before.top, truth), label_accuracy(found.top, truth)
    return Compared(file, result, reason, *accuracies, paired_test)


def figures(found: VerifiedLabels) -> list[str]:
    """Return the results of verification as text, one cell for each of HEADINGS."""
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


def golden_prediction(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities as a golden vector holds them, float32 (labels,)."""
    rounded: NDArray[np.float64] = scores.astype(np.float64).round(_digits(len(scores)))
    return rounded.astype(np.float32)


def golden_rounding(labels: int) -> float:
    """Return how far a golden vector's probability may be from the one that was predicted."""
    return 0.5 * 10.0 ** -_digits(labels)


def golden_fields(scores: NDArray[np.float32], number: int) -> dict[str, Json]:
    """Return the field of a golden vector that holds the probabilities."""
    digits = _digits(len(scores))
    # A whole 0 is written in one character.
    return {"scores": [round(float(score), digits) or 0 for score in scores]}


def golden_files(scores: NDArray[np.float32], number: int) -> Mapping[str, bytes]:
    """Return no file: the golden vector itself holds the probabilities."""
    return {}


def _digits(labels: int) -> int:
    return DIGITS if labels <= MANY_LABELS else MANY_DIGITS


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
