"""Finds the scores among the outputs of an .onnx file, and the activation that made them."""

from typing import Any

from satchel_convert.errors import ConversionError

_ACTIVATIONS: dict[str, str] = {
    "Softmax": "softmax",
    "Sigmoid": "sigmoid",
    "LogSoftmax": "log_softmax",
    "QLinearSoftmax": "softmax",
    "QLinearSigmoid": "sigmoid",
    # Their numbers have no bounds.
    "Add": "linear",
    "Conv": "linear",
    "Gemm": "linear",
    "MatMul": "linear",
    "QGemm": "linear",
    "QLinearAdd": "linear",
    "QLinearConv": "linear",
    "QLinearMatMul": "linear",
}
_CHANGE_NOTHING = frozenset(
    {
        "Cast",
        "DequantizeLinear",
        "Flatten",
        "Identity",
        "QuantizeLinear",
        "Reshape",
        "Squeeze",
        "Unsqueeze",
    }
)
"""The operators after an activation that do not change its meaning"""


def activation(graph: Any, output: str) -> str | None:
    """Return Keras's name of the activation of an output, None if no operator shows it."""
    makers = {name: node for node in graph.node for name in node.output}
    name = output
    while (node := makers.get(name)) is not None:
        if node.op_type not in _CHANGE_NOTHING:
            return _ACTIVATIONS.get(node.op_type)
        name = node.input[0]
    return None


def keep_scores(graph: Any) -> None:
    """Leave one output in ``graph``: the scores, if it is clear which they are.

    They are the only output of real numbers, or the only one with a softmax or a sigmoid. Raises
    ConversionError, with the names of the outputs, if it is not clear.
    """
    if len(graph.output) == 1:
        return
    real = [each for each in graph.output if _is_real(each)]
    ended = [each for each in real if activation(graph, each.name) in ("softmax", "sigmoid")]
    for found in (real, ended):
        if len(found) == 1:
            [kept] = found
            scores = type(kept)()
            scores.CopyFrom(kept)
            del graph.output[:]
            graph.output.append(scores)
            return
    names = ", ".join(each.name for each in graph.output)
    raise ConversionError(
        f"Expected an ONNX model with one output of scores, got {len(graph.output)} outputs:"
        f" {names}. Export it with the scores alone."
    )


def _is_real(value: Any) -> bool:
    import onnx

    kinds = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE
    return value.type.tensor_type.elem_type in kinds
