"""What the outputs of layers range over, and what int8 leaves of that."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.explanation.network import Layer, Pairing, Steps
from satchel_convert.explanation.simulation import changed_weights
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs

FEWEST_CHANNELS = 4
"""Of which the middle one says something of the others"""


class OutputRange(NamedTuple):
    """What one layer puts out in the float model, and the range that its quantized output has."""

    layer: Layer
    lower: float
    upper: float
    """Ends of the quantized range"""
    uncalibrated: float
    """Share of the calibration samples with a value beyond the range, 0 to 1"""
    uncovered: float
    """Share of the evaluation samples with one"""
    vanished: float
    """Share of the values other than 0, of evaluation samples, that are rounded to 0"""
    spans: NDArray[np.float64]
    """Greatest less least value of each channel, the last axis, over all samples, (channels,)"""

    @property
    def widest(self) -> int:
        """The channel with the widest span."""
        return int(self.spans.argmax())

    @property
    def times_wider(self) -> float:
        """By how much the widest channel is wider than the middle one; 1 where there are few."""
        living = self.spans[self.spans > 0]
        if len(living) < FEWEST_CHANNELS:
            return 1.0
        return float(living.max() / np.median(living))

    @property
    def levels(self) -> float:
        """Of the 255 steps of the range, those that the middle channel has."""
        living = self.spans[self.spans > 0]
        middle = float(np.median(living)) if len(living) else 0.0
        return 255 * middle / (self.upper - self.lower)

    @property
    def dead(self) -> int:
        """How many channels say the same of all samples."""
        return int(np.count_nonzero(self.spans == 0))


class WrongWeights(NamedTuple):
    """A layer whose weights are not the float model's, rounded."""

    layer: Layer
    wrong: float
    """Share of its weights that are off by more than a step, 0 to 1"""


def output_ranges(
    pairing: Pairing, *, calibration: Inputs, evaluation: Inputs
) -> list[OutputRange]:
    """Return the range of each layer whose output is rounded to one scale, in the graph's order."""
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
    """Return the layers whose quantized weights are not the float ones, rounded, in their order.

    Rounding is off by half a step at most; a whole one leaves room for a converter that folded the
    same factors in another order.
    """
    found = []
    for layer in pairing.layers:
        off = total = 0
        for at, values in changed_weights(pairing, layer).items():
            before = pairing.real.constant(layer.source.inputs[at])
            steps = pairing.quantized.steps(layer.target.inputs[at])
            assert before is not None
            assert steps is not None
            scale, _ = steps.along(values.ndim)
            off += int(np.count_nonzero(np.abs(values.astype(np.float64) - before) > scale))
            total += values.size
        if off:
            found.append(WrongWeights(layer, off / total))
    return found


class _Extents(NamedTuple):
    """What some tensors range over."""

    least: list[NDArray[np.float32]]
    """By tensor, of each channel"""
    greatest: list[NDArray[np.float32]]
    beyond: NDArray[np.float64]
    """By tensor, the share of samples with a value that is clipped"""
    vanished: NDArray[np.float64]
    """By tensor, the share of values other than 0 that are rounded to 0"""


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
            # What lies within a step beyond the last level is off by no more than rounding may be.
            step = steps.scale[0]
            present[at] += np.count_nonzero(values[at])
            vanished[at] += np.count_nonzero((values[at] != 0) & (np.abs(values[at]) < step / 2))
            beyond[at] += lows[at].min() < lower - step or highs[at].max() > upper + step
    return _Extents(least, greatest, beyond / len(inputs), vanished / np.maximum(present, 1))


def _one_scale(pairing: Pairing, layer: Layer) -> Steps | None:
    steps = pairing.rounding(layer, 0)
    return steps if steps is not None and steps.scale.size == 1 else None
