"""Corrects the biases of an int8 .tflite, as ``conversion.bias_correction`` says."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.bias_correction import FEWEST, SAMPLES, moved_bias
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs
from satchel_convert.tflite.fitted_biases import int8_layers
from satchel_convert.tflite.flatbuffer import read_tree, write_tree


def correct_biases(quantized: bytes, model: bytes, calibration: Inputs) -> bytes:
    """Return ``quantized``, made of the float ``model``, with corrected biases of its int8 layers.

    Both have the same names of tensors, and read prepared ``calibration``. The model stays as it is
    if there are too few samples, or if the output of its last layer would be further from the float
    model's.
    """
    tree = read_tree(quantized)
    graph = tree.subgraphs[0]
    places = {each.name: at for at, each in enumerate(read_tree(model).subgraphs[0].tensors)}
    layers = [
        layer for layer in int8_layers(tree, graph) if graph.tensors[layer.output].name in places
    ]
    samples = calibration[:SAMPLES]
    if not layers or len(samples) < FEWEST:
        return quantized
    outputs = [layer.output for layer in layers]
    wanted = _means(model, samples, [places[graph.tensors[at].name] for at in outputs])
    for layer, mean in zip(layers, wanted, strict=True):
        (found,) = _means(write_tree(tree), samples, [layer.output])
        _add(tree, layer.bias, mean - found)
    corrected = write_tree(tree)
    last = places[graph.tensors[outputs[-1]].name]
    before, after = (
        _error(each, outputs[-1], model, last, samples) for each in (quantized, corrected)
    )
    return corrected if after < before else quantized


def _means(model: bytes, samples: Inputs, tensors: Sequence[int]) -> list[NDArray[np.float64]]:
    """Return the mean of each channel, (channels,), of each of ``tensors``."""
    runs = [
        [values.reshape(-1, values.shape[-1]).mean(0, np.float64) for values in each]
        for each in run_tensors(model, samples, tensors)
    ]
    return [np.mean(each, axis=0) for each in zip(*runs, strict=True)]


def _error(model: bytes, tensor: int, other: bytes, counterpart: int, samples: Inputs) -> float:
    """Return the mean squared difference between a tensor of a model and one of another."""
    pairs = zip(
        run_tensors(model, samples, [tensor]),
        run_tensors(other, samples, [counterpart]),
        strict=True,
    )
    return float(np.mean([np.square(found - wanted).mean() for (found,), (wanted,) in pairs]))


def _add(tree: Any, bias: Any, difference: NDArray[np.float64]) -> None:
    """Add a real number to each value of an int32 bias."""
    buffer = tree.buffers[bias.buffer]
    levels = np.frombuffer(np.asarray(buffer.data, np.uint8).tobytes(), np.int32)
    moved = moved_bias(levels, difference, np.asarray(bias.quantization.scale))
    buffer.data = np.frombuffer(moved.tobytes(), np.uint8)
