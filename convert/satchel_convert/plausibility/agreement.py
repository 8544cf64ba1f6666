"""Compares predictions with those that the author's own program makes of the same raw samples."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Json, LabelOutput
from satchel_convert.plausibility.expected_file import Expected
from satchel_convert.statistics import Interval, share_interval

EXPECTED = "expected"
"""The provenance key of the comparison with the author's predictions"""
FLOAT_MODEL = "float model"


class Agreement(NamedTuple):
    """How far one model's predictions are the expected ones."""

    file: str
    """The model's file, or FLOAT_MODEL"""
    samples: int
    agreeing: int
    """The number of samples with the expected top label"""
    interval: Interval
    """The confidence interval of the share of such samples"""
    largest_difference: float | None
    """The largest difference of any one score; None if only labels are expected"""
    far: int
    """The number of samples with another top label that is no near tie"""

    @property
    def share(self) -> float:
        """The share of samples with the expected top label, 0 to 1."""
        return self.agreeing / self.samples

    @property
    def words(self) -> str:
        """The agreement on one line."""
        words = (
            f"{self.file} agrees on {self.agreeing:,} of {self.samples:,} samples"
            f" ({self.share:.2%}, 95 %: {self.interval.lower:.2%} to {self.interval.upper:.2%})"
        )
        if self.largest_difference is None:
            return words
        return f"{words}, a score differs by {self.largest_difference:.3g} at most"

    def failure(self, allowed: float) -> str | None:
        """Return why a float model does not predict what is expected; None if it does."""
        if self.largest_difference is not None and self.largest_difference > allowed:
            return f"a score differs by {self.largest_difference:.3g}, more than {allowed:g}"
        if self.far:
            return f"{self.far:,} of {self.samples:,} samples have another top label"
        return None


class ExpectedReport(NamedTuple):
    """The comparison of several models with the author's predictions."""

    file: str
    """The name of the file of predictions"""
    agreements: Sequence[Agreement]
    missing: Sequence[str] = ()
    """The samples that have no expected prediction"""

    @property
    def lines(self) -> list[str]:
        """A line for each model, and one for the samples without an expected prediction."""
        lines = [f"{self.file}: {each.words}" for each in self.agreements]
        if self.missing:
            lines.append(
                f"{self.file}: no answer for {len(self.missing):,} samples, such as"
                f" {self.missing[0]}"
            )
        return lines


def agreement_of(
    file: str,
    predictions: NDArray[np.float32],
    expected: Expected,
    *,
    output: LabelOutput,
    allowed: float,
) -> Agreement:
    """Return the agreement of probabilities, (answers, labels), with the expected answers.

    A sample of a model that may give several labels agrees if exactly the expected ones are chosen.
    A difference of labels is a near tie if a change of each score by ``allowed`` explains it.
    """
    values = predictions.astype(np.float64)
    if output.multi_label:
        agrees, near = _chosen(values, expected, output, allowed)
    else:
        agrees, near = _top(values, expected, allowed)
    known = [at for at, answer in enumerate(expected.answers) if answer.scores is not None]
    largest = None
    if known:
        scores = np.array([expected.answers[at].scores for at in known], np.float64)
        largest = float(np.abs(predictions[known] - scores).max())
    count, samples = int(agrees.sum()), len(expected.answers)
    far = int((~agrees & ~near).sum())
    return Agreement(file, samples, count, share_interval(count, samples), largest, far)


def _top(
    predictions: NDArray[np.float64], expected: Expected, allowed: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each sample whether its top label is expected, and whether it is a near tie."""
    rows, top = np.arange(len(predictions)), predictions.argmax(axis=1)
    truth = expected.truth
    near = predictions[rows, top] - predictions[rows, truth] <= 2 * allowed
    return top == truth, near


def _chosen(
    predictions: NDArray[np.float64], expected: Expected, output: LabelOutput, allowed: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each sample whether its labels are expected, and whether others nearly are."""
    thresholds = np.array([output.threshold(at) for at in range(len(output.labels))])
    wanted = np.zeros(predictions.shape, np.bool_)
    for row, answer in zip(wanted, expected.answers, strict=True):
        row[list(answer.labels)] = True
    same = (predictions >= thresholds) == wanted
    near = np.abs(predictions - thresholds) <= allowed
    return same.all(axis=1), (same | near).all(axis=1)


def predict_raw(bundle: Bundle, file: str, values: Sequence[Any]) -> NDArray[np.float32]:
    """Return what the runtime's own class predicts for raw samples, float32 (samples, labels)."""
    from satchel import ImageClassifier, TextClassifier

    kinds: dict[str, Any] = {each.TASK: each for each in (ImageClassifier, TextClassifier)}
    classifier = kinds[bundle.card.task](bundle, model=file)
    return np.stack([classifier.scores(value) for value in values])


def provenance_of(report: ExpectedReport) -> Json:
    """Return the fields that a card keeps of the comparison."""
    fields: dict[str, Json] = {"file": report.file}
    models: dict[str, Json] = {each.file: _fields(each) for each in report.agreements}
    first = report.agreements[0]
    return {**fields, **_fields(first), "models": models}


def _fields(found: Agreement) -> dict[str, Json]:
    difference = found.largest_difference
    return {
        "samples": found.samples,
        "agreement": round(found.share, 6),
        "agreement_ci95": [round(end, 6) for end in found.interval],
        "largest_difference": None if difference is None else float(f"{difference:.3g}"),
    }
