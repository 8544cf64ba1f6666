"""Scores of labels, as a model returns them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from satchel import limits
from satchel.bundle.outputs import Activation, LabelOutput
from satchel.bundle.strict_json import Fields, Json
from satchel.bundle.task import Deliver, RawInput
from satchel.bundle.verified import VerifiedLabels
from satchel.errors import SatchelError
from satchel.inference.prediction import softmax, top_k

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS = ("accuracy", "drop pp", "agreement")
WRITES_FILES = False
MOST_DROP_POINTS = 1.0
"""Percentage points of accuracy below the float model: the converter's own margin"""

_UNFIT_FOR_A_LINE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
"""Controls, line separators, changes of direction and lone surrogates"""


def parse(fields: Fields) -> LabelOutput:
    """Return the labels that ``output`` of a card describes; raises CardError."""
    fields.constant("kind", "labels")
    labels = fields.texts("labels")
    activation = fields.choice("activation", Activation)
    for label in labels:
        # One label a line: that is how TFLite Model Metadata and the apps write them.
        if not label.strip() or _UNFIT_FOR_A_LINE.search(label):
            raise fields.wrong("labels", "labels of one line without control characters", label)
    if not 2 <= len(labels) <= limits.MAX_LABELS or len(set(labels)) != len(labels):
        raise fields.wrong(
            "labels", f"2 to {limits.MAX_LABELS:,} different labels", f"{len(labels)}"
        )
    if activation == "sigmoid" and len(labels) != 2:
        raise fields.wrong("labels", "2 labels for a sigmoid", f"{len(labels)}")
    return LabelOutput(labels=labels, activation=activation)


def parse_verified(fields: Fields) -> VerifiedLabels:
    """Return ``verified`` of a model that says labels; raises CardError."""
    return VerifiedLabels(
        samples=fields.integer("samples", 1, 1 << 40),
        accuracy=fields.number("accuracy", 0, 1),
        drop_points=fields.number("drop_points", -100, 100),
        agreement=fields.number("agreement", 0, 1),
        largest_difference=fields.number("largest_difference", 0, 1),
        sqnr_db=fields.decibel("sqnr_db"),
        drop_ci95=fields.numbers("drop_ci95", (0, 2), missing=()),
    )


def to_json(output: LabelOutput) -> dict[str, Json]:
    """Return what ``parse`` reads."""
    return asdict(output)


def check_bundled(output: LabelOutput) -> None:
    """Return, as a bundle may have any labels."""


def postprocess(values: NDArray[np.float32], output: LabelOutput) -> NDArray[np.float32]:
    """Return the probability of each label, float32 (n, labels), from the model's output."""
    if output.activation == "none":
        return softmax(values)
    if output.activation == "sigmoid":
        return np.concatenate([1 - values, values], axis=1)
    return values


def difference(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Return the largest difference of any one probability, 0 to 1."""
    return float(np.abs(found - expected).max())


def golden_form(output: LabelOutput) -> str:
    """Return in words what a golden vector says of the prediction."""
    return f"{len(output.labels)} probabilities"


def read_golden(
    vector: Mapping[str, Any], output: LabelOutput, files: Mapping[str, bytes]
) -> NDArray[np.float32] | None:
    """Return the probabilities of a golden vector, float32 (labels,), None where it has none."""
    scores = vector.get("scores")
    if not isinstance(scores, list) or len(scores) != len(output.labels):
        return None
    if not all(type(score) in (float, int) and 0 <= score <= 1 for score in scores):
        return None
    return np.array(scores, np.float32)


def broken_policy(found: VerifiedLabels, first: VerifiedLabels | None) -> str | None:
    """Return why a model must not take the place of the first, in words, None if it may."""
    most = MOST_DROP_POINTS if first is None else max(MOST_DROP_POINTS, first.drop_points)
    if found.drop_points > most:
        return f"it loses {found.drop_points:.2f} pp of accuracy, above {most:.2f}"
    return None


def check_options(task: str, *, top: int | None, out: "Path | None") -> None:
    """Raise SatchelError for a folder of files, which labels need none of."""
    if out is not None:
        raise SatchelError(f"Expected no --out for {task}: its labels are printed.")


def open_delivery(
    output: LabelOutput,
    inputs: Collection[RawInput],
    *,
    top: int | None,
    out: "Path | None",
) -> Deliver:
    """Return what names the ``top`` labels of a prediction."""

    def deliver(_: RawInput, scores: NDArray[Any]) -> tuple[str, dict[str, Any]]:
        predictions = top_k(scores, output.labels, top)
        line = "  ".join(f"{label} {score:.3f}" for label, score in predictions)
        return line, {"predictions": [prediction._asdict() for prediction in predictions]}

    return deliver


def describe(output: LabelOutput) -> str:
    """Return what the model returns, in words."""
    labels = output.labels
    return f"{len(labels)} labels: {', '.join(labels[:10])}{', ...' if len(labels) > 10 else ''}"


def figures(found: VerifiedLabels) -> tuple[str, str, str]:
    """Return what verification found, a cell for each of HEADINGS."""
    return f"{found.accuracy:.2%}", f"{found.drop_points:.2f}", f"{found.agreement:.2%}"


def accuracy_in_words(found: VerifiedLabels) -> str:
    """Return what verification found, as a benchmark card says it."""
    interval = " to ".join(f"{limit:+.2f}" for limit in found.drop_ci95)
    return (
        f"{found.accuracy:.2%} of {found.samples:,} samples, {found.drop_points:+.2f} pp lost"
        + (f" (95 %: {interval})" if interval else "")
        + f", agreement {found.agreement:.2%}"
    )
