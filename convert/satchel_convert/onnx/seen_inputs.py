"""The inputs of an ONNX layer as its weights see them: a row of numbers for each position."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.onnx.weight_layers import WeightLayer, attribute


def seen_inputs(layer: WeightLayer, values: NDArray[Any], *, most: int) -> NDArray[np.float32]:
    """Return what the rows of a layer's matrix multiply, (groups, positions, inputs).

    ``values`` is the operator's input in one sample, with a batch of 1. There are ``most``
    positions, drawn at random so that edges count as much as they are, or all if there are fewer;
    they are the same for inputs of the same shape. Only a convolution may have several groups.
    """
    if layer.node.op_type == "Conv":
        return _patches(layer, values[0], most)
    rows = values.reshape(-1, values.shape[-1])
    return rows[np.newaxis, _drawn(len(rows), most)]


def _drawn(count: int, most: int) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count)
    return np.random.default_rng(0).choice(count, most, replace=False)


def _patches(layer: WeightLayer, values: NDArray[Any], most: int) -> NDArray[np.float32]:
    """Return what a kernel covers at ``most`` positions, of ``values``, (channels, ...)."""
    kernel = layer.layout.shape[2:]
    ones = [1] * len(kernel)
    strides = attribute(layer.node, "strides", ones)
    dilations = attribute(layer.node, "dilations", ones)
    groups = attribute(layer.node, "group", 1)
    spans = [(side - 1) * wide + 1 for side, wide in zip(kernel, dilations, strict=True)]
    pads = _pads(layer.node, values.shape[1:], spans, strides)
    padded = np.pad(values, [(0, 0), *pads])
    axes = tuple(range(1, 1 + len(kernel)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, spans, axes)
    taken: tuple[Any, ...] = (
        slice(None),
        *(slice(None, None, stride) for stride in strides),
        *(slice(None, None, wide) for wide in dilations),
    )
    windows = windows[taken]
    places = windows.shape[1 : 1 + len(kernel)]
    chosen = _drawn(int(np.prod(places)), most)
    rows: NDArray[np.float32] = windows[(slice(None), *np.unravel_index(chosen, places))]
    # (channels, positions, ...) becomes (groups, positions, channels of a group and kernel).
    rows = rows.reshape(groups, -1, len(chosen), int(np.prod(kernel)))
    return rows.transpose(0, 2, 1, 3).reshape(groups, len(chosen), -1)


def _pads(
    node: Any, sides: tuple[int, ...], spans: list[int], strides: list[int]
) -> list[tuple[int, int]]:
    """Return how many zeros a convolution adds before and after each axis."""
    kind = attribute(node, "auto_pad", b"NOTSET")
    if kind == b"VALID":
        return [(0, 0)] * len(sides)
    if kind == b"NOTSET":
        pads = attribute(node, "pads", [0] * (2 * len(sides)))
        return list(zip(pads[: len(sides)], pads[len(sides) :], strict=True))
    found = []
    for side, span, stride in zip(sides, spans, strides, strict=True):
        total = max((-(-side // stride) - 1) * stride + span - side, 0)
        less = total // 2
        found.append((less, total - less) if kind == b"SAME_UPPER" else (total - less, less))
    return found
