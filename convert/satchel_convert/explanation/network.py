"""Pairs the operators of a float and a quantized .tflite of the same model."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.errors import ConversionError
from satchel_convert.tflite.flatbuffer import builtin_code, read_tree
from satchel_convert.tflite.passes.names import short_name

MOVERS = frozenset(
    {
        *("BATCH_TO_SPACE_ND", "BROADCAST_TO", "CONCATENATION", "DEPTH_TO_SPACE", "EXPAND_DIMS"),
        *("GATHER", "MAX_POOL_2D", "MIRROR_PAD", "PACK", "PAD", "PADV2", "RESHAPE"),
        *("RESIZE_NEAREST_NEIGHBOR", "REVERSE_V2", "SELECT", "SELECT_V2", "SLICE"),
        *("SPACE_TO_BATCH_ND", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE"),
        *("TILE", "TRANSPOSE", "UNPACK"),
    }
)
"""The operators whose output values are input values. If the scale stays the same, they round
nothing."""
INPUT = "INPUT"
"""The name that stands for the rounding of a float input, which is no operator of the float model
"""


class Operator(NamedTuple):
    """One step of a graph."""

    kind: str
    """The operator's name in the schema, such as CONV_2D"""
    inputs: tuple[int, ...]
    """The numbers of the input tensors; -1 for an input that is left out"""
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Network:
    """A parsed .tflite. Of several graphs it is the first, which calls the others."""

    content: bytes
    operators: Sequence[Operator]
    tensors: Sequence[Any]
    """The tensors, as ``TensorT`` of the schema"""
    buffers: Sequence[Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def constant(self, tensor: int) -> NDArray[Any] | None:
        """Return the values of a constant tensor as they are stored; None for other tensors."""
        if tensor < 0:
            return None
        found = self.tensors[tensor]
        data = self.buffers[found.buffer].data
        if data is None or not len(data) or found.type not in _stored():
            return None
        stored = np.frombuffer(np.asarray(data, np.uint8).tobytes(), _stored()[found.type])
        return stored.reshape(found.shape) if stored.size == np.prod(found.shape) else None

    def steps(self, tensor: int) -> "Steps | None":
        """Return the scale of a quantized tensor; None for a tensor of real numbers."""
        if tensor < 0:
            return None
        found = self.tensors[tensor]
        scale = getattr(found.quantization, "scale", None)
        if scale is None or not len(scale) or found.type not in _stored():
            return None
        if not np.issubdtype(_stored()[found.type], np.integer):
            return None
        return Steps(
            np.asarray(scale, np.float64),
            np.asarray(found.quantization.zeroPoint, np.float64),
            int(found.quantization.quantizedDimension),
            np.dtype(_stored()[found.type]),
        )

    def is_real(self, tensor: int) -> bool:
        """Return whether a tensor holds float32."""
        return tensor >= 0 and _stored().get(self.tensors[tensor].type) is np.float32


class Steps(NamedTuple):
    """The relation of integer levels to real numbers: ``(level - zero_point) * scale``."""

    scale: NDArray[np.float64]
    """One number, or one for each index along ``axis``"""
    zero_point: NDArray[np.float64]
    axis: int
    dtype: "np.dtype[Any]"

    def dequantize(self, levels: NDArray[Any]) -> NDArray[np.float32]:
        """Return the real numbers of ``levels``, float32 of the same shape."""
        scale, zero_point = self.along(levels.ndim)
        return ((levels.astype(np.float64) - zero_point) * scale).astype(np.float32)

    def along(self, dimensions: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return scale and zero point, shaped to broadcast over so many dimensions."""
        if self.scale.size == 1:
            return self.scale, self.zero_point
        shape = [1] * dimensions
        shape[self.axis] = -1
        # A zero point that is 0 everywhere may be stored once.
        zero_point = np.broadcast_to(self.zero_point, self.scale.shape)
        return self.scale.reshape(shape), zero_point.reshape(shape)

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest real number of a tensor with one scale."""
        levels = np.iinfo(self.dtype)
        lower, upper = (
            (np.array([levels.min, levels.max]) - self.zero_point[0]) * self.scale[0]
        ).tolist()
        return lower, upper


class Layer(NamedTuple):
    """An operator of the float model, and the one that does its work in the quantized model."""

    name: str
    """The name of the Keras layer and of the part inside it"""
    source: Operator
    """The operator of the float model"""
    target: Operator
    """The operator of the quantized model"""

    @property
    def operator(self) -> str:
        """The operator's name in the schema, such as CONV_2D."""
        return self.source.kind


@dataclass(frozen=True)
class Pairing:
    """Two networks and the pairs of operators that belong together."""

    real: Network
    quantized: Network
    layers: Sequence[Layer]

    @property
    def measured(self) -> int:
        """The float tensor at which the final error is measured.

        These are the logits if a softmax comes last: after a softmax, rounding hides the difference
        between confident predictions.
        """
        last = self.real.operators[-1]
        softmax = last.kind == "SOFTMAX" and last.outputs[0] in self.real.outputs
        if softmax and self.counterpart(last.inputs[0]) is not None:
            return last.inputs[0]
        return self.real.outputs[0]

    def counterpart(self, tensor: int) -> int | None:
        """Return the tensor of the quantized model that matches ``tensor`` of the float model."""
        if tensor in self.real.outputs:
            return self.quantized.outputs[self.real.outputs.index(tensor)]
        for layer in self.layers:
            if tensor in layer.source.outputs:
                return layer.target.outputs[layer.source.outputs.index(tensor)]
        return None

    def rounding(self, layer: Layer, output: int) -> Steps | None:
        """Return the scale to which the quantized model rounds an output; None if it does not."""
        tensor = layer.target.outputs[output]
        steps = self.quantized.steps(tensor)
        if steps is None or not self.real.is_real(layer.source.outputs[output]):
            return None
        inputs = [self.quantized.steps(at) for at in layer.target.inputs]
        if layer.operator in MOVERS and any(_same(each, steps) for each in inputs):
            return None
        return steps


def read_network(content: bytes) -> Network:
    """Return the .tflite file ``content``, parsed."""
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(content)
    graph = tree.subgraphs[0]
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    operators = []
    for each in graph.operators:
        kind = names[builtin_code(tree, each)]
        inputs = () if each.inputs is None else map(int, each.inputs)
        operators.append(Operator(kind, tuple(inputs), tuple(map(int, each.outputs))))
    return Network(
        content,
        operators,
        graph.tensors,
        tree.buffers,
        tuple(map(int, graph.inputs)),
        tuple(map(int, graph.outputs)),
    )


def pair_networks(float32: bytes, quantized: bytes) -> Pairing:
    """Return the pairs of operators that belong together in two .tflite files of one model.

    A pair comes in the same order, has the same kind, and has outputs of the same shape and name.
    The name is that of the last fused operator, because names in quantized files are shortened so.

    Raises ConversionError for two files that have almost nothing in common.
    """
    real, other = read_network(float32), read_network(quantized)
    layers = _input_layers(real, other)
    first, second = (
        [_key(network, each) for each in network.operators] for network in (real, other)
    )
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for block in matcher.get_matching_blocks():
        for at in range(block.size):
            source, target = real.operators[block.a + at], other.operators[block.b + at]
            layers.append(Layer(_layer_name(real, source), source, target))
    if 2 * len(layers) < len(real.operators):
        raise ConversionError(
            f"Expected two conversions of one model, {len(layers)} of {len(real.operators)}"
            " operators have a counterpart: quantize the model that float32.tflite was made of."
        )
    return Pairing(real, other, layers)


@cache
def _stored() -> dict[int, Any]:
    from ai_edge_litert.schema_py_generated import TensorType

    return {
        TensorType.FLOAT32: np.float32,
        TensorType.INT8: np.int8,
        TensorType.UINT8: np.uint8,
        TensorType.INT16: np.int16,
        TensorType.INT32: np.int32,
    }


def _input_layers(real: Network, quantized: Network) -> list[Layer]:
    """Return the layers that round a float input; pixels and ids are integers already."""
    layers = []
    for first in quantized.operators:
        if first.kind != "QUANTIZE" or first.inputs[0] not in quantized.inputs:
            continue
        tensor = real.inputs[quantized.inputs.index(first.inputs[0])]
        if quantized.is_real(first.inputs[0]):
            layers.append(Layer("input", Operator(INPUT, (), (tensor,)), first))
    return layers


def _key(network: Network, operator: Operator) -> tuple[str, tuple[int, ...], str]:
    output = network.tensors[operator.outputs[0]]
    shape = () if output.shape is None else tuple(map(int, output.shape))
    name = short_name(output.name).partition("#")[0]
    return operator.kind, shape, name.rstrip("0123456789")


def _layer_name(network: Network, operator: Operator) -> str:
    """Return the name of the Keras layer and its part, without the models around the layer."""
    weights = [at for at in operator.inputs if _is_kernel(network.constant(at))]
    path = network.tensors[weights[0] if weights else operator.outputs[0]].name.decode()
    parts = path.split(";")[0].split("/")
    if len(parts) == 1:
        return "output" if operator.outputs[0] in network.outputs else parts[0]
    inner = parts[2:] if len(parts) > 3 else parts[1:]
    # TensorFlow adds _1 to the second layer of a name, and a deployable model is always the second.
    return "/".join(part.removesuffix("_1") for part in inner[:-1]) or inner[-1]


def _is_kernel(values: NDArray[Any] | None) -> bool:
    return values is not None and values.ndim > 1 and values.dtype == np.float32


def _same(first: Steps | None, second: Steps) -> bool:
    return (
        first is not None
        and np.array_equal(first.scale, second.scale)
        and np.array_equal(first.zero_point, second.zero_point)
    )
