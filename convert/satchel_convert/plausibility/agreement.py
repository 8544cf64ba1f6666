"""Compares predictions with those that the author's own program makes of the same raw samples."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Json
from satchel_convert.plausibility.expected_file import Expected
from satchel_convert.verification.non_inferiority import Interval, share_interval

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
    file: str, predictions: NDArray[np.float32], expected: Expected, *, allowed: float
) -> Agreement:
    """Return the agreement of probabilities, (answers, labels), with the expected answers.

    A top label is a near tie if its score lies within twice ``allowed`` of the expected label's.
    """
    truth = expected.truth
    rows = np.arange(len(truth))
    top = predictions.argmax(axis=1)
    agrees = top == truth
    near = predictions[rows, top] - predictions[rows, truth] <= 2 * allowed
    known = [at for at, answer in enumerate(expected.answers) if answer.scores is not None]
    largest = None
    if known:
        scores = np.array([expected.answers[at].scores for at in known], np.float64)
        largest = float(np.abs(predictions[known] - scores).max())
    count = int(agrees.sum())
    return Agreement(
        file,
        len(truth),
        count,
        share_interval(count, len(truth)),
        largest,
        int((~agrees & ~near).sum()),
    )


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
