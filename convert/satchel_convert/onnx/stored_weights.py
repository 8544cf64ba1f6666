"""Stores rounded weights in an ONNX graph, with the operators that make floats of them.

These operators read nothing but constants, so ONNX Runtime runs them once, when it loads the model,
and keeps the floats: such a model is as fast as float32 and needs its memory, and the file is
small. A DequantizeLinear would run in every prediction, for ONNX Runtime folds all operators but
this one: 15 times slower in a network of large layers (1.32). Numbers of 4 bits stand two in a
byte, because ONNX Runtime before 1.23 cannot turn ONNX's own type of 4 bits into floats.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.onnx.weight_layers import Layout
from satchel_convert.rounding.levels import Levels

_HALF = 8
"""The stored number that stands for level 0 of 4 bits"""
_FLOAT16 = np.finfo(np.float16)


class Stored(NamedTuple):
    """A rounded weight."""

    rounded: Levels
    """The rows of the layout's matrix; blocks of 4 bits have an even size, but for the last one"""
    layout: Layout
    bits: int
    """8, with one scale for each row, or 4"""


def store_weights(graph: Any, stored: Mapping[str, Stored]) -> None:
    """Replace float32 weights by levels and scales, for all operators that read them, by name."""
    kept = [each for each in graph.initializer if each.name not in stored]
    nodes: list[Any] = []
    for name, each in stored.items():
        writer = _Writer(name)
        if each.bits == 8:
            _store_bytes(writer, each.rounded, each.layout)
        else:
            _store_halves(writer, each.rounded, each.layout)
        writer.nodes[-1].output[0] = name
        kept += writer.constants
        nodes += writer.nodes
    nodes += graph.node
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


class _Writer:
    """Collects constants, and the operators that compute a weight from them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.constants: list[Any] = []
        self.nodes: list[Any] = []

    def constant(self, role: str, values: NDArray[Any]) -> str:
        """Return the name of a new constant."""
        from onnx import numpy_helper

        name = f"{self._name}/{role}"
        values = np.ascontiguousarray(values) if values.ndim else values
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def add(self, operator: str, role: str, inputs: Sequence[str], **options: Any) -> str:
        """Add an operator; return the name of its output."""
        from onnx import helper

        output = f"{self._name}/{role}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **options))
        return output


def _store_bytes(writer: _Writer, rounded: Levels, layout: Layout) -> None:
    levels = writer.constant("levels", layout.weights(rounded.levels))
    floats = writer.add("Cast", "floats", [levels], to=1)
    scales = writer.constant("scales", layout.factors(rounded.scales))
    writer.add("Mul", "weights", [floats, scales])


def _store_halves(writer: _Writer, rounded: Levels, layout: Layout) -> None:
    rows, inputs = rounded.levels.shape
    blocks = rounded.scales.shape[-1]
    spare = blocks * rounded.block - inputs
    numbers = np.pad(rounded.levels, ((0, 0), (0, spare))).reshape(rows, blocks, -1) + _HALF
    first, second = np.split(numbers.astype(np.uint8), 2, axis=-1)
    packed = writer.constant("halves", first | second << 4)
    four = writer.constant("four", np.array(4, np.uint8))
    # Shifted to the upper half and back, the lower half stands alone.
    upper = writer.add("BitShift", "upper", [packed, four], direction="RIGHT")
    raised = writer.add("BitShift", "raised", [packed, four], direction="LEFT")
    lower = writer.add("BitShift", "lower", [raised, four], direction="RIGHT")
    joined = writer.add("Concat", "numbers", [lower, upper], axis=2)
    floats = writer.add("Cast", "floats", [joined], to=1)
    half = writer.constant("half", np.array(_HALF, np.float32))
    levels = writer.add("Sub", "levels", [floats, half])
    weights = writer.add("Mul", "blocks", [levels, _block_scales(writer, rounded)])
    if spare:
        flat = writer.constant("flat", np.array([rows, blocks * rounded.block]))
        weights = writer.add("Reshape", "padded", [weights, flat])
        ends = [writer.constant(key, np.array([at])) for key, at in _ends(inputs)]
        weights = writer.add("Slice", "filled", [weights, *ends])
    shape = writer.constant("shape", np.array(layout.ordered))
    weights = writer.add("Reshape", "ordered", [weights, shape])
    if layout.back != tuple(range(len(layout.back))):
        writer.add("Transpose", "weights", [weights], perm=layout.back)


def _ends(inputs: int) -> Sequence[tuple[str, int]]:
    """Return the roles and values of Slice's constants: the first ``inputs`` of axis 1."""
    return (("start", 0), ("end", inputs), ("axis", 1))


def _block_scales(writer: _Writer, rounded: Levels) -> str:
    """Return the name of the scales, (rows, blocks, 1), stored in float16 if all of them fit."""
    block = rounded.block
    starts = np.arange(0, rounded.levels.shape[-1], block)
    # Any scale will do for a block of zeros, so it may be one that fits.
    used = np.maximum.reduceat(np.abs(rounded.levels), starts, axis=-1) > 0
    scales = np.where(used, rounded.scales, 1)[..., np.newaxis].astype(np.float32)
    if scales.min() < _FLOAT16.smallest_normal or scales.max() > _FLOAT16.max:
        return writer.constant("scales", scales)
    return writer.add("Cast", "scales", [writer.constant("scales16", scales.astype("f2"))], to=1)
