"""The functions of an output with a score for each label."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from satchel import limits
from satchel.bundle.label_output import Activation, LabelOutput, VerifiedLabels
from satchel.bundle.strict_json import Fields, Json, without_defaults
from satchel.errors import SatchelError
from satchel.inference.prediction import best_labels, sigmoid, softmax

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.task import Deliver, RawInput

HEADINGS = ("accuracy", "drop pp", "agreement")
WRITES_FILES = False
MOST_DROP_POINTS = 1.0
"""The most percentage points of accuracy that a model may lose against the float model. The
converter uses the same margin."""

_UNFIT_FOR_A_LINE = (
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
"""Matches control characters, line separators, changes of direction and lone surrogates."""


def parse(fields: Fields) -> LabelOutput:
    """Return the labels that the field ``output`` of a card describes; raises CardError."""
    fields.constant("kind", "labels")
    labels, ids = fields.texts("labels"), fields.texts("ids", missing=())
    activation, multi_label = fields.choice("activation", Activation), fields.flag("multi_label")
    for name, texts in (("labels", labels), ("ids", ids)):
        # TFLite Model Metadata and the apps write one label a line.
        if (unfit := _first_unfit(texts)) is not None:
            raise fields.wrong(name, f"{name} of one line without control characters", unfit)
    if not 2 <= len(labels) <= limits.MAX_LABELS:
        raise fields.wrong("labels", f"2 to {limits.MAX_LABELS:,} labels", f"{len(labels)}")
    if ids and (len(ids) != len(labels) or len(set(ids)) < len(ids)):
        raise fields.wrong("ids", f"{len(labels)} different ids, one for each label", f"{len(ids)}")
    if not ids and len(set(labels)) < len(labels):
        raise fields.wrong("labels", "different labels, or ids beside them", f"{len(labels)}")
    _check_activation(fields, labels, activation, multi_label=multi_label)
    thresholds = fields.numbers("thresholds", (0, len(labels)), missing=())
    if (thresholds and not multi_label) or not all(0 <= each <= 1 for each in thresholds):
        raise fields.wrong(
            "thresholds", "a number from 0 to 1 for each label of a multi-label model", thresholds
        )
    return LabelOutput(labels, activation, multi_label, thresholds, ids)


def _check_activation(
    fields: Fields, labels: tuple[str, ...], activation: Activation, *, multi_label: bool
) -> None:
    if multi_label and activation not in ("sigmoid", "none"):
        raise fields.wrong("activation", "sigmoid or none for a multi-label model", activation)
    if not multi_label and activation in ("sigmoid", "logit") and len(labels) != 2:
        raise fields.wrong("labels", f"2 labels for a {activation}", f"{len(labels)}")


def _first_unfit(texts: tuple[str, ...]) -> str | None:
    # To compile the pattern takes as long as to read a whole card, and few labels need it.
    if all(map(str.strip, texts)) and "".join(texts).isprintable():
        return None
    unfit = re.compile(_UNFIT_FOR_A_LINE)
    return next((text for text in texts if not text.strip() or unfit.search(text)), None)


def parse_verified(fields: Fields) -> VerifiedLabels:
    """Return the results in the field ``verified`` of a model; raises CardError."""
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
    """Return the fields that ``parse`` reads, without later ones that keep their default."""
    return without_defaults(output, ("multi_label", "thresholds", "ids"))


def check_bundled(output: LabelOutput) -> None:
    """Do nothing: a bundle may have any labels."""


def postprocess(values: NDArray[np.float32], output: LabelOutput) -> NDArray[np.float32]:
    """Return the probability of each label, float32 (n, labels), from the model's output."""
    import numpy as np

    if output.multi_label:
        return sigmoid(values) if output.activation == "none" else values
    if output.activation == "none":
        return softmax(values)
    if output.activation == "logit":
        return np.concatenate([sigmoid(-values), sigmoid(values)], axis=1)
    if output.activation == "sigmoid":
        return np.concatenate([1 - values, values], axis=1)
    return values


def difference(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Return the largest difference of any one probability, 0 to 1."""
    import numpy as np

    return float(np.abs(found - expected).max())


def golden_form(output: LabelOutput) -> str:
    """Return the fields of a golden vector that describe the prediction, in words."""
    return f"{len(output.labels)} probabilities"


def read_golden(
    vector: Mapping[str, Any], output: LabelOutput, files: Mapping[str, bytes]
) -> NDArray[np.float32] | None:
    """Return the probabilities of a golden vector, float32 (labels,), None if it has none."""
    scores = vector.get("scores")
    if not isinstance(scores, list) or len(scores) != len(output.labels):
        return None
    if not all(type(score) in (float, int) and 0 <= score <= 1 for score in scores):
        return None
    import numpy as np

    return np.array(scores, np.float32)


def broken_policy(found: VerifiedLabels, first: VerifiedLabels | None) -> str | None:
    """Return in words why a model must not replace the first one, None if it may."""
    most = MOST_DROP_POINTS if first is None else max(MOST_DROP_POINTS, first.drop_points)
    if found.drop_points > most:
        return f"it loses {found.drop_points:.2f} pp of accuracy, above {most:.2f}"
    return None


def check_options(task: str, *, top: int | None, out: Path | None) -> None:
    """Raise SatchelError if there is a folder to write to, because labels are printed."""
    if out is not None:
        raise SatchelError(f"Expected no --out for {task}: its labels are printed.")


def open_delivery(
    output: LabelOutput,
    inputs: Collection[RawInput],
    *,
    top: int | None,
    out: Path | None,
) -> Deliver:
    """Return a function that puts the ``top`` labels of a prediction into words."""

    def deliver(_: RawInput, scores: NDArray[Any]) -> tuple[str, dict[str, Any]]:
        predictions = best_labels(scores, output, top)
        line = "  ".join(map(str, predictions))
        return line, {"predictions": [prediction.to_json() for prediction in predictions]}

    return deliver


def describe(output: LabelOutput) -> str:
    """Return a description of the model's output, in words."""
    labels = output.labels
    several = ", any number at once" if output.multi_label else ""
    shown = ", ".join(labels[:10]) + (", ..." if len(labels) > 10 else "")
    return f"{len(labels)} labels{several}: {shown}"


def figures(found: VerifiedLabels) -> tuple[str, str, str]:
    """Return the results of a verification, one cell for each of HEADINGS."""
    return f"{found.accuracy:.2%}", f"{found.drop_points:.2f}", f"{found.agreement:.2%}"


def accuracy_in_words(found: VerifiedLabels) -> str:
    """Return the results of a verification in the words of a benchmark card."""
    interval = " to ".join(f"{limit:+.2f}" for limit in found.drop_ci95)
    return (
        f"{found.accuracy:.2%} of {found.samples:,} samples, {found.drop_points:+.2f} pp lost"
        + (f" (95 %: {interval})" if interval else "")
        + f", agreement {found.agreement:.2%}"
    )
