"""Measures the range of each layer's output, and what int8 keeps of it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.explanation.network import Layer, Pairing, Steps
from satchel_convert.explanation.simulation import changed_weights, is_bias
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs

FEWEST_CHANNELS = 4
"""The fewest channels for which the median channel represents the others"""
ROUNDINGS = 4
"""The number of float32 roundings between two ways to compute the same weight: its scale, itself,
and each of them read back"""


CORRECTED = 1 / 16
"""The largest correction of a bias, as a share of the range of its layer's output: 16 steps of
int8. A bias that int32 did not hold is further off, or too small to matter."""


class OutputRange(NamedTuple):
    """The output of one layer in the float model, and the range of its quantized output."""

    layer: Layer
    lower: float
    """The lower end of the quantized range"""
    upper: float
    """The upper end of the quantized range"""
    uncalibrated: float
    """The share of the calibration samples with a value beyond the range, 0 to 1"""
    uncovered: float
    """The share of the evaluation samples with a value beyond the range, 0 to 1"""
    vanished: float
    """The share of the nonzero values of evaluation samples that are rounded to 0"""
    spans: NDArray[np.float64]
    """The largest minus the smallest value of each channel over all samples, (channels,). The
    channels are the last axis."""

    @property
    def widest(self) -> int:
        """The channel with the widest span."""
        return int(self.spans.argmax())

    @property
    def times_wider(self) -> float:
        """How many times wider than the median the widest channel is; 1 if there are few."""
        living = self.spans[self.spans > 0]
        if len(living) < FEWEST_CHANNELS:
            return 1.0
        return float(living.max() / np.median(living))

    @property
    def levels(self) -> float:
        """The number of steps, of the 255 of the range, that the median channel uses."""
        living = self.spans[self.spans > 0]
        middle = float(np.median(living)) if len(living) else 0.0
        return 255 * middle / (self.upper - self.lower)

    @property
    def dead(self) -> int:
        """The number of channels with the same value for all samples."""
        return int(np.count_nonzero(self.spans == 0))


class WrongWeights(NamedTuple):
    """A layer whose weights are not the rounded weights of the float model."""

    layer: Layer
    wrong: float
    """The share of its weights that differ by more than a step, 0 to 1, without those cut off"""
    cut_off: int = 0
    """The number of its biases of which only the end of their integers is kept"""


def output_ranges(
    pairing: Pairing, *, calibration: Inputs, evaluation: Inputs
) -> list[OutputRange]:
    """Return the range of each layer whose output has one scale, in the order of the graph."""
    limits = [(layer, steps) for layer in pairing.layers if (steps := _one_scale(pairing, layer))]
    calibrated, evaluated = (_extents(pairing, each, limits) for each in (calibration, evaluation))
    ranges = []
    for at, (layer, steps) in enumerate(limits):
        least = np.minimum(calibrated.least[at], evaluated.least[at])
        greatest = np.maximum(calibrated.greatest[at], evaluated.greatest[at])
        spans = greatest.astype(np.float64) - least
        beyond = float(calibrated.beyond[at]), float(evaluated.beyond[at])
        vanished = float(evaluated.vanished[at])
        ranges.append(OutputRange(layer, *steps.limits, *beyond, vanished, spans))
    return ranges


def wrong_weights(pairing: Pairing) -> list[WrongWeights]:
    """Return the layers whose quantized weights are not the rounded float weights, in their order.

    Rounding changes a weight by half a step at most. A whole step is allowed, because a converter
    may fold the same factors in another order. The int32 steps of a bias may be finer than
    float32, so what float32 itself rounds is allowed too. A bias may be corrected for what rounding
    does to the mean of its channel, by no more than CORRECTED of the output's range.

    A bias that has the smallest or the largest number of its integers is cut off: the steps of its
    channel's weights are so fine that it does not fit.
    """
    found = []
    for layer in pairing.layers:
        off = total = cut_off = 0
        for at, values in changed_weights(pairing, layer).items():
            before = pairing.real.constant(layer.source.inputs[at])
            steps = pairing.quantized.steps(layer.target.inputs[at])
            assert before is not None
            assert steps is not None
            scale, _ = steps.along(values.ndim)
            allowed = np.maximum(scale, ROUNDINGS * np.spacing(np.abs(before)))
            output = pairing.rounding(layer, 0)
            if is_bias(steps) and output is not None:
                lower, upper = output.limits
                allowed = np.maximum(allowed, CORRECTED * (upper - lower))
            wrong = np.abs(values.astype(np.float64) - before) > allowed
            if is_bias(steps):
                ended = wrong & _at_the_ends(pairing, layer.target.inputs[at])
                cut_off += int(np.count_nonzero(ended))
                wrong &= ~ended
            off += int(np.count_nonzero(wrong))
            total += values.size
        if off or cut_off:
            found.append(WrongWeights(layer, off / total, cut_off))
    return found


def _at_the_ends(pairing: Pairing, tensor: int) -> NDArray[np.bool_]:
    """Return which stored values of a quantized constant are the ends of their integers."""
    levels = pairing.quantized.constant(tensor)
    assert levels is not None
    ends = np.iinfo(levels.dtype)
    # Symmetric quantizers leave the smallest number out.
    ended: NDArray[np.bool_] = (levels <= ends.min + 1) | (levels == ends.max)
    return ended


class _Extents(NamedTuple):
    """The ranges of some tensors."""

    least: list[NDArray[np.float32]]
    """The smallest value of each channel, for each tensor"""
    greatest: list[NDArray[np.float32]]
    """The largest value of each channel, for each tensor"""
    beyond: NDArray[np.float64]
    """The share of samples with a clipped value, for each tensor"""
    vanished: NDArray[np.float64]
    """The share of nonzero values that are rounded to 0, for each tensor"""


def _extents(pairing: Pairing, inputs: Inputs, limits: Sequence[tuple[Layer, Steps]]) -> _Extents:
    tensors = [layer.source.outputs[0] for layer, _ in limits]
    least: list[NDArray[np.float32]] = []
    greatest: list[NDArray[np.float32]] = []
    beyond, vanished, present = np.zeros((3, len(limits)))
    for values in run_tensors(pairing.real.content, inputs, tensors):
        channels = [each.reshape(-1, each.shape[-1] if each.ndim > 1 else 1) for each in values]
        lows, highs = (
            [each.min(axis=0) for each in channels],
            [each.max(axis=0) for each in channels],
        )
        least = list(map(np.minimum, least, lows)) if least else lows
        greatest = list(map(np.maximum, greatest, highs)) if greatest else highs
        for at, (_, steps) in enumerate(limits):
            lower, upper = steps.limits
            # A value less than a step beyond the last level has no larger error than rounding.
            step = steps.scale[0]
            present[at] += np.count_nonzero(values[at])
            vanished[at] += np.count_nonzero((values[at] != 0) & (np.abs(values[at]) < step / 2))
            beyond[at] += lows[at].min() < lower - step or highs[at].max() > upper + step
    return _Extents(least, greatest, beyond / len(inputs), vanished / np.maximum(present, 1))


def _one_scale(pairing: Pairing, layer: Layer) -> Steps | None:
    steps = pairing.rounding(layer, 0)
    return steps if steps is not None and steps.scale.size == 1 else None
