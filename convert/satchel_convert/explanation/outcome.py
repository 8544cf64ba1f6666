"""Measures the cost of quantization: the predictions of both models for the same samples."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.metrics import label_accuracy
from satchel_convert.explanation.layers import decibel
from satchel_convert.explanation.network import Pairing
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs
from satchel_convert.statistics import (
    NonInferiority,
    count_pairs,
    non_inferiority,
)
from satchel_convert.verification.answers import answers
from satchel_convert.verification.failures import within_margin
from satchel_convert.verification.limits import ImageLimits, LabelLimits


class Outcome(NamedTuple):
    """The predictions of a quantized model, compared with those of the float model."""

    samples: int
    worst_psnr_db: float | None
    """The PSNR of the worst image, in decibels; None for labels"""
    float_accuracy: float | None
    """The accuracy of the float model, 0 to 1; None for samples without labels"""
    accuracy: float | None
    agreement: float | None
    """The share of samples with the same top label"""
    verdict: NonInferiority | None
    """The test whether accuracy drops by more than ``satchel convert`` allows"""

    @property
    def within_limits(self) -> bool:
        """Whether ``satchel convert`` would pack the model by its default limits."""
        if self.worst_psnr_db is not None:
            return self.worst_psnr_db >= ImageLimits().psnr_db
        assert self.verdict is not None
        assert self.agreement is not None
        limits = LabelLimits()
        return self.agreement >= limits.int8_agreement and within_margin(self.verdict, limits)


def compare_predictions(
    pairing: Pairing, inputs: Inputs, truth: NDArray[Any] | None, output: Any
) -> Outcome:
    """Return a comparison of both models' predictions for ``inputs``, by the card's ``output``."""
    expected, found = (
        np.concatenate([values for (values,) in run_tensors(each.content, inputs, each.outputs)])
        for each in (pairing.real, pairing.quantized)
    )
    if truth is None:
        errors = np.square(found.astype(np.float64) - expected).reshape(len(inputs), -1)
        worst = decibel(255.0**2, float(errors.mean(axis=1).max()))
        return Outcome(len(inputs), worst, None, None, None, None)
    before, now = answers(expected, output), answers(found, output)
    pairs = count_pairs(before == truth, now == truth)
    return Outcome(
        len(inputs),
        None,
        label_accuracy(before, truth),
        label_accuracy(now, truth),
        float((before == now).mean()),
        non_inferiority(*pairs, margin=LabelLimits().margin_points / 100),
    )
