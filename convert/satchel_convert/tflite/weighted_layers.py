"""The layers of a float .tflite as matrices: ``outputs = patches @ weights.T + bias``."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.tflite.flatbuffer import add_buffer, builtin_code


class WeightedLayer(NamedTuple):
    """An operator with float weights of its own, in the first graph of a tree."""

    operator: int
    """Its place in the graph"""
    kind: str
    """The name of its operator: CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED"""
    input: int
    """The number of the tensor that the weights are multiplied with"""
    weights: int
    bias: int | None
    """The number of the tensor; None if the layer has no bias"""
    groups: int
    """The number of groups of inputs, each with outputs of its own: 1 except for a grouped
    convolution and a depthwise one, whose inputs are groups"""
    options: Any
    """The strides and so on, as the schema holds them"""

    @property
    def channel_axis(self) -> int:
        """The axis of the weights along which the outputs are."""
        return 3 if self.kind == "DEPTHWISE_CONV_2D" else 0


def weighted_layers(tree: Any) -> Iterator[WeightedLayer]:
    """Yield the layers whose weights are float32 constants that no other operator reads."""
    from ai_edge_litert import schema_py_generated as schema

    names = {
        code: name
        for name, code in vars(schema.BuiltinOperator).items()
        if name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    }
    graph = tree.subgraphs[0]
    readers = _readers(tree)

    def is_own(at: int) -> bool:
        tensor = graph.tensors[at]
        data = tree.buffers[tensor.buffer].data
        floats = tensor.type == schema.TensorType.FLOAT32
        return floats and data is not None and readers[tensor.buffer] == 1

    for place, operator in enumerate(graph.operators):
        kind = names.get(builtin_code(tree, operator))
        if kind is None:
            continue
        values, weights, *rest = (int(at) for at in operator.inputs)
        bias = rest[0] if rest and rest[0] >= 0 else None
        if is_own(weights) and tree.buffers[graph.tensors[values].buffer].data is None:
            groups = _groups(kind, graph.tensors[values].shape, graph.tensors[weights].shape)
            options = operator.builtinOptions
            yield WeightedLayer(place, kind, values, weights, bias, groups, options)


def _readers(tree: Any) -> Counter[int]:
    """Return how many inputs of operators are in each buffer."""
    return Counter(
        each.tensors[at].buffer
        for each in tree.subgraphs
        for operator in each.operators
        for at in operator.inputs
        if at >= 0
    )


def _groups(kind: str, inputs: Any, weights: Any) -> int:
    if kind == "FULLY_CONNECTED":
        return 1
    return int(inputs[-1]) // (1 if kind == "DEPTHWISE_CONV_2D" else int(weights[-1]))


def give_biases(tree: Any) -> None:
    """Give each layer of ``weighted_layers`` a bias of its own that can be corrected.

    It is zero for a layer without one, and a copy for layers that share one: converters write equal
    constants once.
    """
    from ai_edge_litert import schema_py_generated as schema

    graph = tree.subgraphs[0]
    readers = _readers(tree)
    for layer in [*weighted_layers(tree)]:
        outputs = int(graph.tensors[layer.weights].shape[layer.channel_axis])
        values = np.zeros(outputs, np.float32)
        if layer.bias is not None:
            if readers[graph.tensors[layer.bias].buffer] == 1:
                continue
            values = read_floats(tree, layer.bias)
        bias = schema.TensorT()
        bias.name = graph.tensors[layer.weights].name + b"/bias"
        bias.shape, bias.type = np.array([outputs], np.int32), schema.TensorType.FLOAT32
        bias.buffer = add_buffer(tree, np.frombuffer(values.tobytes(), np.uint8))
        graph.tensors.append(bias)
        inputs = [layer.input, layer.weights, len(graph.tensors) - 1]
        graph.operators[layer.operator].inputs = np.array(inputs, np.int32)


def read_floats(tree: Any, tensor: int) -> NDArray[np.float32]:
    """Return the constant values of a float32 tensor of the first graph, in its shape."""
    entry = tree.subgraphs[0].tensors[tensor]
    data = np.asarray(tree.buffers[entry.buffer].data, np.uint8)
    floats: NDArray[np.float32] = np.frombuffer(data.tobytes(), np.float32)
    return floats.reshape(entry.shape)


def write_floats(tree: Any, tensor: int, values: NDArray[np.float32]) -> None:
    """Store constant values of a float32 tensor of the first graph."""
    entry = tree.subgraphs[0].tensors[tensor]
    stored = np.ascontiguousarray(values, np.float32)
    tree.buffers[entry.buffer].data = np.frombuffer(stored.tobytes(), np.uint8)


def as_matrix(layer: WeightedLayer, weights: NDArray[Any]) -> NDArray[Any]:
    """Return weights in the file's shape as (groups, outputs of a group, inputs of a group)."""
    if layer.kind == "DEPTHWISE_CONV_2D":
        # (1, height, width, channels), the outputs of one input beside each other
        return weights.reshape(-1, layer.groups, weights.shape[-1] // layer.groups).transpose(
            1, 2, 0
        )
    return weights.reshape(layer.groups, weights.shape[0] // layer.groups, -1)


def from_matrix(layer: WeightedLayer, matrix: NDArray[Any], shape: Any) -> NDArray[Any]:
    """Return a matrix, (groups, outputs, inputs), in the shape of the file's weights."""
    if layer.kind == "DEPTHWISE_CONV_2D":
        matrix = matrix.transpose(2, 0, 1)
    return matrix.reshape(shape)


def patches(
    layer: WeightedLayer,
    values: NDArray[np.float32],
    shape: Any,
    *,
    most: int,
    random: np.random.Generator,
) -> NDArray[np.float32]:
    """Return what the weights of ``shape`` are multiplied with, (groups, positions, inputs).

    ``values`` are the layer's input for one sample. Of a convolution's positions, at most ``most``
    are drawn from ``random``.
    """
    if layer.kind == "FULLY_CONNECTED":
        return values.reshape(1, -1, int(shape[-1]))
    _, height, width = (int(side) for side in shape[:3])
    windows = _windows(layer, values, (height, width))
    places = windows.shape[:3]
    picked = np.arange(np.prod(places))
    if len(picked) > most:
        picked = random.choice(len(picked), most, replace=False)
    drawn = windows[np.unravel_index(picked, places)]
    # (positions, groups, channels of a group, height, width)
    grouped = drawn.reshape(len(picked), layer.groups, -1, height, width)
    taps: NDArray[np.float32] = grouped.transpose(1, 0, 3, 4, 2)
    return taps.reshape(layer.groups, len(picked), -1)


def _windows(
    layer: WeightedLayer, values: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return a view of each window, (batch, rows, columns, channels, height, width)."""
    from ai_edge_litert import schema_py_generated as schema

    options = layer.options
    strides = int(options.strideH), int(options.strideW)
    dilations = int(options.dilationHFactor), int(options.dilationWFactor)
    reach = tuple((side - 1) * step + 1 for side, step in zip(size, dilations, strict=True))
    if options.padding == schema.Padding.SAME:
        pads = []
        for length, span, stride in zip(values.shape[1:3], reach, strides, strict=True):
            missing = max((-(-length // stride) - 1) * stride + span - length, 0)
            pads.append((missing // 2, missing - missing // 2))
        values = np.pad(values, ((0, 0), *pads, (0, 0)))
    windows: NDArray[np.float32] = np.lib.stride_tricks.sliding_window_view(
        values, reach, axis=(1, 2)
    )
    row, column = (slice(None, None, step) for step in strides)
    return windows[:, row, column, :, :: dilations[0], :: dilations[1]]
