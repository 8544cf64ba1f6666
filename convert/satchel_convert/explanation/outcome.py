"""Measures the cost of quantization: the predictions of both models for the same samples."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.metrics import accuracy
from satchel_convert.explanation.layers import decibel
from satchel_convert.explanation.network import Pairing
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs
from satchel_convert.verification.failures import within_margin
from satchel_convert.verification.limits import ImageLimits, LabelLimits
from satchel_convert.verification.non_inferiority import (
    NonInferiority,
    count_pairs,
    non_inferiority,
)


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
    pairing: Pairing, inputs: Inputs, truth: NDArray[np.int64] | None
) -> Outcome:
    """Return a comparison of both models' predictions for ``inputs``."""
    expected, found = (
        np.concatenate([values for (values,) in run_tensors(each.content, inputs, each.outputs)])
        for each in (pairing.real, pairing.quantized)
    )
    if truth is None:
        errors = np.square(found.astype(np.float64) - expected).reshape(len(inputs), -1)
        worst = decibel(255.0**2, float(errors.mean(axis=1).max()))
        return Outcome(len(inputs), worst, None, None, None, None)
    pairs = count_pairs(expected.argmax(axis=1) == truth, found.argmax(axis=1) == truth)
    return Outcome(
        len(inputs),
        None,
        accuracy(expected, truth),
        accuracy(found, truth),
        float((expected.argmax(axis=1) == found.argmax(axis=1)).mean()),
        non_inferiority(pairs, margin=LabelLimits().margin_points / 100),
    )
