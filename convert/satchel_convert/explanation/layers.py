"""Measures how much each layer of a quantized model adds to its error."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.explanation.network import Layer, Pairing, pair_networks
from satchel_convert.explanation.simulation import ALONE, changed_weights, simulate
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs

SAMPLES = 16
"""The number of samples. It is enough, because the power of an error is a mean over thousands of
values."""


class LayerError(NamedTuple):
    """The error that quantization causes in one layer, and its effect on the model."""

    name: str
    """The name of the Keras layer and of the part inside it"""
    operator: str
    """The operator's name in the schema, such as CONV_2D"""
    sqnr_db: float
    """The signal-to-quantization-noise ratio of the layer's output, in decibels. The noise includes
    the errors of all layers before it. The ratio is infinite if nothing differs."""
    error: float
    """The mean squared error at the model's logits or pixels if this layer alone is quantized"""
    share: float
    """The share of this error in the sum of the errors of all layers, 0 to 1"""


def layer_errors(
    float32: bytes,
    quantized: bytes,
    inputs: Inputs,
    *,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[LayerError]:
    """Return the error that each layer of a quantized .tflite adds, in the order of the graph.

    One layer at a time gets the weights and the rounded output that it has in ``quantized``, inside
    the float model ``float32``. Its error is the mean squared difference of the logits, or of the
    output if no softmax comes last. Errors of small, independent causes add up, so a layer's share
    of their sum is its share of the whole error. A layer that only moves values adds nothing and
    has the error 0.

    Args:
        float32: a float .tflite.
        quantized: the .tflite of the same model, in any scheme that keeps its operators.
        inputs: prepared inputs; the first SAMPLES are enough for any model.
        on_done: receives the name of each layer that was measured.

    Raises ConversionError for two files that are not of one model.

    """
    return measure_layers(pair_networks(float32, quantized), inputs, on_done=on_done)


def measure_layers(
    pairing: Pairing, inputs: Inputs, *, on_done: Callable[[str], None] = lambda _: None
) -> list[LayerError]:
    """Return the error of each layer, as ``layer_errors`` does, of two files already paired."""
    inputs = inputs[:SAMPLES]
    ratios = _output_ratios(pairing, inputs)
    expected = final_values(pairing, pairing.real.content, inputs)
    errors = []
    for layer in pairing.layers:
        error = 0.0
        if _is_changed(pairing, layer):
            found = final_values(pairing, simulate(pairing, [layer], parts=ALONE), inputs)
            error = float(np.square(found - expected, dtype=np.float64).mean())
        errors.append(error)
        on_done(layer.name)
    total = sum(errors)
    return [
        LayerError(layer.name, layer.operator, ratio, error, error / total if total > 0 else 0.0)
        for layer, ratio, error in zip(pairing.layers, ratios, errors, strict=True)
    ]


def final_values(pairing: Pairing, content: bytes, inputs: Inputs) -> NDArray[np.float32]:
    """Return the logits or pixels of a float .tflite, float32 (inputs, ...), to measure errors."""
    return np.concatenate(
        [values for (values,) in run_tensors(content, inputs, [pairing.measured])]
    )


def _is_changed(pairing: Pairing, layer: Layer) -> bool:
    rounded = any(pairing.rounding(layer, at) for at in range(len(layer.source.outputs)))
    return rounded or bool(changed_weights(pairing, layer))


def _output_ratios(pairing: Pairing, inputs: Inputs) -> list[float]:
    """Return the signal-to-quantization-noise ratio of each layer's output, in decibels."""
    layers = pairing.layers
    signal, noise = np.zeros(len(layers)), np.zeros(len(layers))
    real = run_tensors(pairing.real.content, inputs, [layer.source.outputs[0] for layer in layers])
    other = run_tensors(
        pairing.quantized.content, inputs, [layer.target.outputs[0] for layer in layers]
    )
    for expected, found in zip(real, other, strict=True):
        for at, (before, now) in enumerate(zip(expected, found, strict=True)):
            signal[at] += np.square(before, dtype=np.float64).sum()
            noise[at] += np.square(now.astype(np.float64) - before).sum()
    return [decibel(*each) for each in zip(signal, noise, strict=True)]


def decibel(signal: float, noise: float) -> float:
    """Return a ratio of two powers in decibels; it is infinite if there is no noise."""
    if noise == 0:
        return float("inf")
    return float(10 * np.log10(signal / noise)) if signal > 0 else float("-inf")
