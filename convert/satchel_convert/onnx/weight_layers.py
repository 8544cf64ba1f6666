"""The weights of a float32 ONNX model as matrices: an output in each row."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

READ = ("Conv", "ConvTranspose", "Gemm", "MatMul", "Gather", "LSTM", "GRU", "RNN")
"""The operators whose weights are rounded"""
SEEN = ("Conv", "Gemm", "MatMul")
"""Those of them whose inputs are seen, so that rounding takes account of calibration samples"""


class Layout(NamedTuple):
    """How a weight of any shape becomes a matrix, (outputs, inputs)."""

    shape: tuple[int, ...]
    """The shape of the weight in the model"""
    order: tuple[int, ...]
    """Its axes, those of outputs first"""
    outputs: int
    """The number of axes of outputs"""

    def matrix(self, weights: NDArray[Any]) -> NDArray[Any]:
        """Return weights of ``shape`` as a matrix, (outputs, inputs)."""
        count = int(np.prod(self.ordered[: self.outputs]))
        return weights.transpose(self.order).reshape(count, -1)

    def weights(self, matrix: NDArray[Any]) -> NDArray[Any]:
        """Return a matrix as weights of ``shape``; the inverse of ``matrix``."""
        return matrix.reshape(self.ordered).transpose(self.back)

    def factors(self, scales: NDArray[Any]) -> NDArray[Any]:
        """Return a number for each output, (outputs, 1), so that it multiplies the weights."""
        ones = (1,) * (len(self.shape) - self.outputs)
        return scales.reshape(*self.ordered[: self.outputs], *ones).transpose(self.back)

    @property
    def ordered(self) -> tuple[int, ...]:
        """The sides of the weight, those of outputs first."""
        return tuple(self.shape[axis] for axis in self.order)

    @property
    def back(self) -> tuple[int, ...]:
        """The order of axes that undoes ``order``."""
        return tuple(int(axis) for axis in np.argsort(self.order))


class WeightLayer(NamedTuple):
    """An operator and one of its weights."""

    node: Any
    weight: str
    """The name of the weight"""
    layout: Layout


def weight_layers(graph: Any) -> Iterator[WeightLayer]:
    """Yield the float32 weights of the operators in READ, in the order of the graph's nodes."""
    shapes = {
        each.name: tuple(each.dims) for each in graph.initializer if each.data_type == each.FLOAT
    }
    for node in graph.node:
        for at in {"Gather": (0,), "LSTM": (1, 2), "GRU": (1, 2), "RNN": (1, 2)}.get(
            node.op_type, (1,)
        ):
            name = node.input[at] if at < len(node.input) else ""
            if node.op_type in READ and len(shapes.get(name, ())) > 1:
                yield WeightLayer(node, name, _layout(node, shapes[name]))


def attribute(node: Any, name: str, default: Any) -> Any:
    """Return the value of a node's attribute, or ``default`` if it has none."""
    from onnx import helper

    found = [each for each in node.attribute if each.name == name]
    return helper.get_attribute_value(found[0]) if found else default


def _layout(node: Any, shape: tuple[int, ...]) -> Layout:
    axes = tuple(range(len(shape)))
    if node.op_type in ("LSTM", "GRU", "RNN"):
        return Layout(shape, axes, 2)
    if node.op_type == "MatMul":
        return Layout(shape, (*axes[:-2], axes[-1], axes[-2]), len(axes) - 1)
    swapped = node.op_type in ("ConvTranspose", "Gather") or (
        node.op_type == "Gemm" and not attribute(node, "transB", 0)
    )
    # The columns of a table are its outputs: its rows are many, and would need a scale each.
    return Layout(shape, (1, 0, *axes[2:]) if swapped else axes, 1)
