"""Measures the final error and the parts of it that rounding and clipping explain."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.explanation.layers import decibel, final_values
from satchel_convert.explanation.network import Layer, Pairing
from satchel_convert.explanation.simulation import simulate
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs

SAMPLES = 64
"""The number of samples. Clipping happens in few of them, so it needs more than rounding does."""


class Errors(NamedTuple):
    """The mean squared errors at the logits or pixels, compared with the float model."""

    sqnr_db: float
    """The signal-to-quantization-noise ratio of the quantized model, in decibels"""
    quantized: float
    """The error of the quantized model"""
    simulated: float
    """The error of float operators with the quantized weights and rounding. The quantized numbers
    allow no smaller one."""
    clipped: float
    """The error if values are cut off at the ends of ranges, and nothing is rounded"""

    @property
    def clipping(self) -> float:
        """The share of the simulated error that clipping causes, 0 to 1."""
        return min(1.0, self.clipped / self.simulated) if self.simulated > 0 else 0.0

    @property
    def unexplained(self) -> float:
        """The share of the error that neither weights nor rounding explain, 0 to 1."""
        return max(0.0, 1 - self.simulated / self.quantized) if self.quantized > 0 else 0.0


def measure_errors(pairing: Pairing, inputs: Inputs, *, without: Collection[Layer]) -> Errors:
    """Return the final errors on ``inputs``; the layers in ``without`` are not clipped."""
    inputs = inputs[:SAMPLES]
    expected = final_values(pairing, pairing.real.content, inputs)
    clipping = [layer for layer in pairing.layers if layer not in without]
    clipped = simulate(pairing, clipping, parts={"clipping"})
    tensor = pairing.counterpart(pairing.measured)
    assert tensor is not None
    content = pairing.quantized.content
    found = np.concatenate([each for (each,) in run_tensors(content, inputs, [tensor])])
    noise = _mean_square(found, expected)
    return Errors(
        decibel(float(np.square(expected, dtype=np.float64).mean()), noise),
        noise,
        _mean_square(final_values(pairing, simulate(pairing, pairing.layers), inputs), expected),
        _mean_square(final_values(pairing, clipped, inputs), expected),
    )


def _mean_square(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    return float(np.square(found.astype(np.float64) - expected).mean())
