"""Rounds the weights of a float .tflite layer by layer, each on what the layers before it give.

The inputs of a layer come from the model whose earlier layers are rounded already, so that its
weights and its bias also take up the errors of those. ``satchel_convert.rounding`` has the
mathematics. Of 4 bits, the layers that lose most for their size get 8.
"""

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from satchel_convert.errors import ConversionError
from satchel_convert.rounding.levels import Levels
from satchel_convert.rounding.mixed_bits import noise_share, widest
from satchel_convert.rounding.moments import Moments, fitted_weights, mean_error, moments
from satchel_convert.rounding.rounding import round_weights
from satchel_convert.sample_inputs import Inputs
from satchel_convert.tflite.stages import Stage, Values, first_values, run_stage, stages_of
from satchel_convert.tflite.weighted_layers import (
    WeightedLayer,
    as_matrix,
    from_matrix,
    patches,
    read_floats,
    write_floats,
)

FEWEST = 8
"""The fewest calibration samples on which layers are rounded"""
SAMPLES = 128
"""The most calibration samples on which layers are rounded"""
NOISE_SAMPLES = 16
"""The number of calibration samples on which the layers are compared"""
MEMORY_BYTES = 3 << 29
"""The memory that the values between two stages may take, for both models"""
POSITIONS, POSITIONS_OF_INPUT = 2048, 8
"""The number of positions of a layer, and that of each of its inputs; the larger one counts"""


class Rounding(NamedTuple):
    """A model with rounded weights, and the levels of these."""

    tree: Any
    """The float model; its weights are those that the levels stand for, and biases are corrected"""
    levels: Mapping[int, tuple[Levels, int]]
    """The levels of each rounded layer, (groups, outputs, inputs), and their bits; by the number of
    the tensor of its weights"""


def round_layers(
    tree: Any, layers: Sequence[WeightedLayer], calibration: Inputs, *, bits: int
) -> Rounding:
    """Return the float model with the weights of ``layers`` on ``bits`` bits, of 4 some on 8.

    Raises ConversionError for fewer than 8 prepared samples in ``calibration``.
    """
    if len(calibration) < FEWEST:
        raise ConversionError(
            f"Expected at least {FEWEST} calibration samples to round weights on, got"
            f" {len(calibration)}: add samples/calibration.jsonl, or --calibration."
        )
    stages = stages_of(tree.subgraphs[0], [layer.operator for layer in layers])
    samples = calibration[: _affordable(tree, stages)]
    wide = _wide_layers(tree, layers, stages, samples[:NOISE_SAMPLES]) if bits == 4 else set()
    rounded = copy.deepcopy(tree)
    found = {}
    floats = first_values(tree, samples)
    values = dict(floats)
    for number, stage in enumerate(stages):
        layer = next((each for each in layers if each.operator == stage.operators.start), None)
        if layer is not None:
            own = 8 if layer.weights in wide else bits
            seen = _moments(tree, layer, floats, values)
            found[layer.weights] = _round(rounded, layer, seen, bits=own), own
        needed = {at for later in stages[number + 1 :] for at in later.inputs}
        for model, held in ((tree, floats), (rounded, values)):
            held |= run_stage(model, stage, held)
            _keep(held, needed)
    return Rounding(rounded, found)


def _affordable(tree: Any, stages: Sequence[Stage]) -> int:
    """Return the number of samples whose values between stages fit into memory."""
    tensors = tree.subgraphs[0].tensors
    largest = max(
        sum(int(np.prod(tensors[at].shape)) for at in {*stage.inputs, *stage.outputs})
        for stage in stages
    )
    both_models = 2 * np.dtype(np.float32).itemsize
    return int(np.clip(MEMORY_BYTES // (both_models * largest), FEWEST, SAMPLES))


def _wide_layers(
    tree: Any, layers: Sequence[WeightedLayer], stages: Sequence[Stage], samples: Inputs
) -> set[int]:
    """Return the numbers of the weights that get 8 bits."""
    noises, sizes = [], []
    values = first_values(tree, samples)
    for number, stage in enumerate(stages):
        for layer in layers:
            if layer.operator == stage.operators.start:
                weights = as_matrix(layer, read_floats(tree, layer.weights))
                covariance = _moments(tree, layer, values, values).covariance
                noises.append(noise_share(weights, covariance, bits=4))
                sizes.append(weights.size)
        values |= run_stage(tree, stage, values)
        _keep(values, {at for later in stages[number + 1 :] for at in later.inputs})
    return {layers[at].weights for at in widest(noises, sizes)}


def _moments(tree: Any, layer: WeightedLayer, floats: Values, values: Values) -> Moments:
    """Return the moments of a layer's inputs, at the same positions of both models."""
    shape = tree.subgraphs[0].tensors[layer.weights].shape
    inputs = int(np.prod(shape)) // int(shape[layer.channel_axis])
    wanted = max(POSITIONS, POSITIONS_OF_INPUT * inputs)
    most = -(-wanted // len(floats[layer.input]))
    both = []
    for held in (floats, values):
        random = np.random.default_rng(0)
        drawn = [
            patches(layer, each, shape, most=most, random=random) for each in held[layer.input]
        ]
        both.append(np.concatenate(drawn, axis=1))
    return moments(*both)


def _round(tree: Any, layer: WeightedLayer, seen: Moments, *, bits: int) -> Levels:
    """Round a layer of the partly rounded model and correct its bias; return its levels."""
    stored = read_floats(tree, layer.weights)
    weights = as_matrix(layer, stored).astype(np.float64)
    levels = round_weights(fitted_weights(weights, seen), seen.covariance, bits=bits)
    write_floats(tree, layer.weights, from_matrix(layer, levels.weights, stored.shape))
    if layer.bias is not None:
        missing = mean_error(weights, levels.weights.astype(np.float64), seen).ravel()
        bias = read_floats(tree, layer.bias)
        write_floats(tree, layer.bias, (bias + missing).astype(np.float32))
    return levels


def _keep(values: Values, needed: Collection[int]) -> None:
    """Forget the values of tensors that are not ``needed``."""
    for at in values.keys() - needed:
        del values[at]
