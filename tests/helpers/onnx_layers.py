"""Small ONNX models of one layer or a few, with weights by chance."""

import numpy as np

IMAGE, VECTOR, ROWS = (1, 8, 9, 7), (1, 64), (1, 5, 64)


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def model_of(nodes, constants, *, given, taken=(1, 64), dtype="FLOAT"):
    """Return an .onnx with the input ``x``, shape ``taken``, and the output ``y``."""
    from onnx import TensorProto, helper, numpy_helper

    kind = getattr(TensorProto, dtype)
    graph = helper.make_graph(
        nodes,
        "layers",
        [helper.make_tensor_value_info("x", kind, taken)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, given)],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opsets = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def one_layer(operator, weights, *, taken, dtype="FLOAT", more=(), **options):
    """Return an .onnx of one operator, the name of whose weights is ``w``."""
    from onnx import helper

    order = ["w", "x"] if operator == "Gather" else ["x", "w"]
    outputs = ["", "y"] if operator == "LSTM" else ["y"]
    node = helper.make_node(operator, [*order, *more], outputs, name="layer", **options)
    constants = {"w": weights} | {name: normal(5, *shape) for name, shape in dict(more).items()}
    return model_of([node], constants, given=None, taken=taken, dtype=dtype)


LAYERS = {
    "Conv": (normal(0, 16, 8, 3, 3), IMAGE, {"strides": [2, 1], "pads": [1, 0, 0, 1]}),
    "Conv, groups": (normal(1, 32, 4, 3, 3), IMAGE, {"group": 2, "auto_pad": "SAME_UPPER"}),
    "Conv, depthwise": (normal(2, 128, 1, 3, 3), (1, 128, 5, 5), {"group": 128}),
    "Conv, dilated": (normal(3, 16, 8, 3, 3), IMAGE, {"dilations": [2, 3]}),
    "Conv, same below": (
        normal(4, 16, 8, 3, 3),
        IMAGE,
        {"strides": [2, 2], "auto_pad": "SAME_LOWER"},
    ),
    "Conv, a line": (normal(5, 16, 8, 9), (1, 8, 20), {"strides": [2]}),
    "ConvTranspose": (normal(6, 8, 16, 3, 3), IMAGE, {"strides": [2, 2]}),
    "Gemm": (normal(7, 64, 33), VECTOR, {}),
    "Gemm, outputs first": (normal(8, 33, 64), VECTOR, {"transB": 1}),
    "MatMul": (normal(9, 64, 33), ROWS, {}),
    "MatMul, a batch": (normal(10, 5, 64, 33), (5, 2, 64), {}),
}
"""The weights of an operator, the shape of its input, and its options"""


def layer_of(name):
    """Return the .onnx of an entry of LAYERS."""
    weights, taken, options = LAYERS[name]
    return one_layer(name.split(",")[0], weights, taken=taken, **options)


def run(content, **fed):
    """Return what ONNX Runtime makes of an .onnx."""
    import onnxruntime

    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(content, providers=providers).run(None, fed)[0]
