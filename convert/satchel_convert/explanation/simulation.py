"""Builds a .tflite of the float model in which chosen layers round as quantized ones do.

Quantization changes two things in a layer: the weights are other numbers, and the output lies on a
grid with two ends. Both can be done to one layer in float arithmetic while all others stay as they
are. This is "simulated quantization", as in Jacob et al. 2018, section 3
(https://arxiv.org/abs/1712.05877). The rounding of a layer's input belongs to the layer before it.
"""

import copy
from collections.abc import Collection, Iterable
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from satchel_convert.explanation.network import INPUT, Layer, Pairing, Steps
from satchel_convert.tflite.flatbuffer import read_tree, write_tree

Part: TypeAlias = Literal["weights", "biases", "rounding", "clipping"]
"""A part of what quantization changes. ``rounding`` puts outputs on their grid, whose ends also
clip. ``biases`` may hold a correction for the layers before, which makes no sense without them."""
ALL: frozenset[Part] = frozenset(("weights", "biases", "rounding"))
ALONE: frozenset[Part] = frozenset(("weights", "rounding"))
"""What quantization changes in one layer, whatever it does to the others"""


def simulate(pairing: Pairing, layers: Iterable[Layer], *, parts: Collection[Part] = ALL) -> bytes:
    """Return the float model as a .tflite in which ``parts`` of ``layers`` are quantized."""
    assert set(parts) <= set(get_args(Part))
    tree = read_tree(pairing.real.content)
    chosen = {layer.source.outputs: layer for layer in layers}
    operators = []
    if (first := chosen.get(pairing.real.inputs)) is not None and first.operator == INPUT:
        operators += _round_input(tree, pairing, first, parts)
    for operator in tree.subgraphs[0].operators:
        operators.append(operator)
        layer = chosen.get(tuple(map(int, operator.outputs)))
        if layer is None:
            continue
        _exchange_weights(tree, operator, pairing, layer, parts)
        for at in range(len(layer.source.outputs)):
            operators += _limit_output(tree, operator, at, pairing, layer, parts)
    tree.subgraphs[0].operators = operators
    return write_tree(tree)


def changed_weights(pairing: Pairing, layer: Layer) -> dict[int, NDArray[np.float32]]:
    """Return the quantized weights of ``layer`` as real numbers, by the position of the input."""
    changed = {}
    for at, (source, target) in enumerate(
        zip(layer.source.inputs, layer.target.inputs, strict=False)
    ):
        before, now = pairing.real.constant(source), pairing.quantized.constant(target)
        steps = pairing.quantized.steps(target)
        if before is None or now is None or steps is None or before.dtype != np.float32:
            continue
        if before.shape == now.shape:
            changed[at] = steps.dequantize(now)
    return changed


def is_bias(steps: Steps | None) -> bool:
    """Return whether a constant with these steps is a bias, which has 32 bits or more."""
    return steps is not None and steps.dtype.itemsize >= np.dtype(np.int32).itemsize


def _exchange_weights(
    tree: Any, operator: Any, pairing: Pairing, layer: Layer, parts: Collection[Part]
) -> None:
    inputs = [int(each) for each in operator.inputs]
    for at, values in changed_weights(pairing, layer).items():
        steps = pairing.quantized.steps(layer.target.inputs[at])
        if ("biases" if is_bias(steps) else "weights") not in parts:
            continue
        # Stored in a new tensor and buffer, because another operator may share the weights.
        inputs[at] = _add_constant(tree, inputs[at], values)
    operator.inputs = inputs


def _limit_output(
    tree: Any, operator: Any, at: int, pairing: Pairing, layer: Layer, parts: Collection[Part]
) -> list[Any]:
    """Return the operators to add after ``operator``, and redirect its output ``at`` to them."""
    steps = pairing.rounding(layer, at)
    if steps is None or not {"rounding", "clipping"} & set(parts):
        return []
    output = int(operator.outputs[at])
    before = _add_tensor(tree, output)
    outputs = [int(each) for each in operator.outputs]
    outputs[at] = before
    operator.outputs = outputs
    levels = layer.target.outputs[at]
    return _limit(tree, pairing, before, output, levels, parts)


def _round_input(tree: Any, pairing: Pairing, layer: Layer, parts: Collection[Part]) -> list[Any]:
    """Return the operators that round the input, and redirect all operators to their output."""
    graph = tree.subgraphs[0]
    source = layer.source.outputs[0]
    rounded = _add_tensor(tree, source)
    for operator in graph.operators:
        operator.inputs = [rounded if each == source else int(each) for each in operator.inputs]
    return _limit(tree, pairing, source, rounded, layer.target.outputs[0], parts)


def _limit(
    tree: Any, pairing: Pairing, before: int, behind: int, levels: int, parts: Collection[Part]
) -> list[Any]:
    """Return operators from ``before`` to ``behind``, with the scale of the tensor ``levels``."""
    steps = pairing.quantized.steps(levels)
    assert steps is not None
    if "rounding" in parts:
        grid = _add_tensor(tree, before)
        tensor, like = tree.subgraphs[0].tensors[grid], pairing.quantized.tensors[levels]
        tensor.type, tensor.quantization = like.type, copy.copy(like.quantization)
        return [
            _operator(tree, "QUANTIZE", [before], grid),
            _operator(tree, "DEQUANTIZE", [grid], behind),
        ]
    between = _add_tensor(tree, before)
    lower, upper = (_add_scalar(tree, before, limit) for limit in steps.limits)
    return [
        _operator(tree, "MAXIMUM", [before, lower], between),
        _operator(tree, "MINIMUM", [between, upper], behind),
    ]


def _add_tensor(tree: Any, like: int) -> int:
    """Return the number of a new tensor that equals the tensor ``like`` in all but its name."""
    graph = tree.subgraphs[0]
    added = copy.copy(graph.tensors[like])
    added.name, added.quantization = f"simulation/{len(graph.tensors)}".encode(), None
    # Buffer 0 belongs to the tensors without a constant.
    added.buffer = 0
    graph.tensors.append(added)
    return len(graph.tensors) - 1


def _add_constant(tree: Any, like: int, values: NDArray[np.float32]) -> int:
    from ai_edge_litert import schema_py_generated as schema

    number = _add_tensor(tree, like)
    added = tree.subgraphs[0].tensors[number]
    added.buffer = len(tree.buffers)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.ascontiguousarray(values, np.float32).tobytes(), np.uint8)
    tree.buffers.append(buffer)
    added.shape, added.type = list(values.shape), schema.TensorType.FLOAT32
    return number


def _add_scalar(tree: Any, like: int, value: float) -> int:
    number = _add_constant(tree, like, np.array([value], np.float32))
    tree.subgraphs[0].tensors[number].shapeSignature = None
    return number


def _operator(tree: Any, kind: str, inputs: list[int], output: int) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, kind)
    code.deprecatedBuiltinCode, code.version = code.builtinCode, 1
    added = schema.OperatorT()
    added.opcodeIndex, added.inputs, added.outputs = len(tree.operatorCodes), inputs, [output]
    tree.operatorCodes.append(code)
    return added
