"""How large the final error is, and how much of it rounding and clipping explain."""

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
"""Few samples have a value that is clipped: more than rounding needs"""


class Errors(NamedTuple):
    """Mean squares at the logits or pixels, against the float model's."""

    sqnr_db: float
    """Of the quantized model's"""
    quantized: float
    """As its operators compute"""
    simulated: float
    """As float operators do with its weights and its rounding: no less can be had of its numbers"""
    clipped: float
    """Where values are cut off at the ends of ranges, and nothing is rounded"""

    @property
    def clipping(self) -> float:
        """The share of the simulated error that is clipping's, 0 to 1."""
        return min(1.0, self.clipped / self.simulated) if self.simulated > 0 else 0.0

    @property
    def unexplained(self) -> float:
        """The share of the error that neither weights nor rounding explain, 0 to 1."""
        return max(0.0, 1 - self.simulated / self.quantized) if self.quantized > 0 else 0.0


def measure_errors(pairing: Pairing, inputs: Inputs, *, without: Collection[Layer]) -> Errors:
    """Return the final errors of ``inputs``; layers ``without`` are left out of clipping."""
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
