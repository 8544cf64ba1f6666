"""The smallest ONNX models."""

import pytest


def write_onnx(nodes, *, inputs, outputs, constants=()):
    """Return the bytes of an ONNX model of these nodes; skips the test where onnx is missing."""
    helper = pytest.importorskip("onnx").helper
    graph = helper.make_graph(
        [helper.make_node(*node) for node in nodes],
        "tiny",
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_tensor_value_info(*value) for value in outputs],
        list(constants),
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
