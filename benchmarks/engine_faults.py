"""Lists faults of an engine that can be planted into a model file, or into what it returns.

A fault of an integer kernel is a change of its numbers: a zero point that is off by one adds the
sum of a channel's weights to its accumulator, and a kernel that rounds down instead of to the
nearest level adds half a level less. So the bias carries both, and healthy kernels compute them.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from layer_files import Layer
from numpy.typing import NDArray

Layers: TypeAlias = list[Layer]
Plant: TypeAlias = Callable[[Layers], bool]
"""Changes layers; returns False if these have no place for the fault"""
Scores: TypeAlias = NDArray[np.float32]


class Fault(NamedTuple):
    """A fault in a model file."""

    name: str
    plant: Plant


class OutputFault(NamedTuple):
    """A fault in the last operator, a softmax, which the engine's output shows."""

    name: str
    change: Callable[[Scores], Scores]


def _middle(layers: Layers) -> Layer:
    return layers[len(layers) // 2]


def _wide(layers: Layers) -> Layer:
    """Return the layer in the middle of those with a kernel of several pixels, or of all."""
    wide = [each for each in layers if each.kernel.ndim == 4 and each.kernel.shape[1] > 1]
    return _middle(wide or layers)


def _coloured(layers: Layers) -> Layer:
    """Return the first layer that sees three channels together, or the first of all."""
    seeing = [each for each in layers if each.kernel.ndim == 4 and each.kernel.shape[3] == 3]
    return seeing[0] if seeing else layers[0]


def _one(choose: Callable[[Layers], Layer], change: Callable[[Layer], bool]) -> Plant:
    return lambda layers: change(choose(layers))


def _every(change: Callable[[Layer], bool]) -> Plant:
    return lambda layers: max([change(each) for each in layers])


def _first(layers: Layers) -> Layer:
    return layers[0]


def _last(layers: Layers) -> Layer:
    return layers[-1]


def _moved_input(levels: float) -> Callable[[Layer], bool]:
    def change(layer: Layer) -> bool:
        if layer.steps is None:
            return False
        sums = layer.kernel.reshape(len(layer.kernel), -1).sum(1, np.int64)
        return _add(layer, levels * sums)

    return change


def _moved_output(levels: float) -> Callable[[Layer], bool]:
    def change(layer: Layer) -> bool:
        if layer.steps is None or layer.kernel_steps is None:
            return False
        return _add(layer, levels * layer.steps.output / (layer.steps.input * layer.kernel_steps))

    return change


def _add(layer: Layer, values: NDArray[Any]) -> bool:
    moved = layer.bias + np.broadcast_to(np.round(values), layer.bias.shape)
    layer.bias = moved.clip(-(2**31) + 1, 2**31 - 1).astype(np.int32)
    return True


def _scaled(factor: float) -> Callable[[Layer], bool]:
    def change(layer: Layer) -> bool:
        if layer.kernel_steps is None:
            layer.kernel = (layer.kernel * factor).astype(np.float32)
            return True
        layer.kernel_steps = layer.kernel_steps * factor
        if layer.steps is not None:
            # The bias keeps its real value.
            layer.bias = (layer.bias / factor).round().astype(np.int32)
        return True

    return change


def _short_multiplier(layer: Layer) -> bool:
    """Keep 8 bits of the number by which an accumulator becomes levels."""
    if layer.steps is None or layer.kernel_steps is None:
        return False
    real = layer.steps.input * layer.kernel_steps / layer.steps.output
    exponent = np.exp2(np.floor(np.log2(real)) - 7)
    layer.kernel_steps = layer.kernel_steps * (np.floor(real / exponent) * exponent / real)
    return True


def _bfloat16(layer: Layer) -> bool:
    if layer.kernel_steps is not None:
        return False
    bits = np.ascontiguousarray(layer.kernel, np.float32).view(np.uint32)
    layer.kernel = (bits & np.uint32(0xFFFF0000)).view(np.float32)
    return True


def _clipped(share: float) -> Callable[[Layer], bool]:
    """Lose the upper part of an output's range, all but ``share`` of it."""

    def change(layer: Layer) -> bool:
        if layer.steps is None:
            return False
        top = (127 - layer.steps.output_zero) * layer.steps.output * share
        bottom = (-128 - layer.steps.output_zero) * layer.steps.output
        layer.highest = np.full(len(layer.bias), top)
        layer.lowest = np.full(len(layer.bias), bottom)
        return True

    return change


def _narrow_accumulator(bits: int) -> Callable[[Layer], bool]:
    def change(layer: Layer) -> bool:
        if layer.steps is None or layer.kernel_steps is None:
            return False
        most = 2.0 ** (bits - 1) * layer.steps.input * layer.kernel_steps
        layer.highest = np.broadcast_to(most, layer.bias.shape)
        layer.lowest = -layer.highest
        return True

    return change


def _activation(before: str, after: str) -> Callable[[Layer], bool]:
    def change(layer: Layer) -> bool:
        # The range of an int8 output holds its activation.
        if layer.steps is not None or layer.activation != before:
            return False
        layer.activation = after
        return True

    return change


def _zeroed(layer: Layer) -> bool:
    """Zero one weight of a hundred, the same ones every time."""
    chosen = np.random.default_rng(0).random(layer.kernel.shape) < 0.01
    layer.kernel = np.where(chosen, 0, layer.kernel).astype(layer.kernel.dtype)
    return True


def _silent_channel(layer: Layer) -> bool:
    at = len(layer.bias) // 2
    layer.kernel[at] = 0
    layer.bias[at] = 0
    return True


def _dropped_bias(layer: Layer) -> bool:
    steps = 1.0 if layer.kernel_steps is None else layer.kernel_steps
    layer.bias[np.argmax(np.abs(layer.bias * steps))] = 0
    return True


def _swapped_channels(layer: Layer) -> bool:
    order = np.arange(len(layer.bias))
    order[[0, 1]] = 1, 0
    layer.kernel, layer.bias = layer.kernel[order], layer.bias[order]
    if layer.kernel_steps is not None and len(layer.kernel_steps) > 1:
        layer.kernel_steps = layer.kernel_steps[order]
    return True


def _blue_first(layer: Layer) -> bool:
    if layer.kernel.ndim != 4 or layer.kernel.shape[3] != 3:
        return False
    layer.kernel = layer.kernel[..., ::-1].copy()
    return True


def _transposed(layer: Layer) -> bool:
    if layer.kernel.ndim != 4 or layer.kernel.shape[1] == 1:
        return False
    layer.kernel = layer.kernel.transpose(0, 2, 1, 3).copy()
    return True


def _short_loop(layer: Layer) -> bool:
    """Leave out the last weight of each channel, as a loop does that ends too early."""
    layer.kernel.reshape(len(layer.kernel), -1)[:, -1] = 0
    return True


def _shifted(layer: Layer) -> bool:
    layer.shift = int(layer.is_padded and layer.kernel.ndim == 4 and layer.kernel.shape[1] > 1)
    return bool(layer.shift)


def _rounded_logits(step: float) -> Callable[[Scores], Scores]:
    def change(scores: Scores) -> Scores:
        logits = np.log(np.maximum(scores, 1e-12))
        logits -= logits.max(axis=1, keepdims=True)
        raised = np.exp((logits / step).round() * step)
        return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)

    return change


def _warmer(factor: float) -> Callable[[Scores], Scores]:
    def change(scores: Scores) -> Scores:
        raised = np.maximum(scores, 1e-12) ** factor
        return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)

    return change


FAULTS: Sequence[Fault] = (
    Fault("input's zero point off by one, first layer", _one(_first, _moved_input(1))),
    Fault("input's zero point off by one, middle layer", _one(_middle, _moved_input(1))),
    Fault("input's zero point off by one, last layer", _one(_last, _moved_input(1))),
    Fault("output's zero point off by one, middle layer", _one(_middle, _moved_output(1))),
    Fault("rounds down, middle layer", _one(_middle, _moved_output(-0.5))),
    Fault("rounds down, every layer", _every(_moved_output(-0.5))),
    Fault("scale 1 % too large, first layer", _one(_first, _scaled(1.01))),
    Fault("scale 1 % too large, middle layer", _one(_middle, _scaled(1.01))),
    Fault("scale 5 % too large, middle layer", _one(_middle, _scaled(1.05))),
    Fault("multiplier of 8 bits, every layer", _every(_short_multiplier)),
    Fault("weights cut to bfloat16, every layer", _every(_bfloat16)),
    Fault("upper eighth of an activation clipped, middle layer", _one(_middle, _clipped(7 / 8))),
    Fault("upper half of an activation clipped, middle layer", _one(_middle, _clipped(1 / 2))),
    Fault("upper quarter of every activation clipped", _every(_clipped(3 / 4))),
    Fault("relu6 as relu, every layer", _every(_activation("relu6", "relu"))),
    Fault("relu as relu6, every layer", _every(_activation("relu", "relu6"))),
    Fault("accumulators of 16 bits, middle layer", _one(_middle, _narrow_accumulator(16))),
    Fault("accumulators of 16 bits, every layer", _every(_narrow_accumulator(16))),
    Fault("1 % of the last layer's weights are 0", _one(_last, _zeroed)),
    Fault("one channel is 0, middle layer", _one(_middle, _silent_channel)),
    Fault("bias of one channel dropped, middle layer", _one(_middle, _dropped_bias)),
    Fault("bias of one label dropped", _one(_last, _dropped_bias)),
    Fault("two channels exchanged, middle layer", _one(_middle, _swapped_channels)),
    Fault("red and blue exchanged", _one(_coloured, _blue_first)),
    Fault("kernel's height and width exchanged", _one(_wide, _transposed)),
    Fault("last weight of each channel left out, middle layer", _one(_middle, _short_loop)),
    Fault("last weight of each label left out", _one(_last, _short_loop)),
    Fault("padding off by one pixel, middle layer", _one(_wide, _shifted)),
)
"""Faults that a file can hold"""
OUTPUT_FAULTS: Sequence[OutputFault] = (
    OutputFault("softmax by a table of steps of 1/4", _rounded_logits(0.25)),
    OutputFault("softmax of logits 2 % too large", _warmer(1.02)),
)
"""Faults of the softmax"""
