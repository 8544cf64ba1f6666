"""What dynamic_int8.onnx keeps a float, and which channels have a scale of their own."""

import numpy as np
import pytest

from satchel_convert.conversion.bias_correction import FEWEST
from satchel_convert.onnx.converter import quantize_onnx
from satchel_convert.onnx.dynamic_quantization import NEGLIGIBLE
from satchel_convert.onnx.layers import run_floats

CHANNELS, HIDDEN, SIDE, LABELS = 8, 64, 6, 5


def network(*, ripple=0.0, outlier=0.0):
    """Return a float32 .onnx: a depthwise convolution, a small layer, and two large ones.

    One channel of the convolution has weights of size ``ripple``, whose sum is 0. The small layer
    reads a constant of size ``outlier`` beside what it computes with, which takes all its levels.
    """
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)

    def normal(*shape):
        values = random.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
        return values.astype(np.float32)

    depthwise = normal(CHANNELS, 1, 3, 3)
    if ripple:
        depthwise[0, 0] = ripple * np.float32([[1, -1, 1], [-1, 0, -1], [1, -1, 1]])
    small = np.concatenate([normal(CHANNELS, HIDDEN), np.zeros((1, HIDDEN), np.float32)])
    constants = {
        "depthwise": depthwise,
        "first": normal(CHANNELS, CHANNELS),
        "far": np.float32([[outlier]]),
        "small": small,
        "large": normal(HIDDEN, 8 * HIDDEN),
        "last": normal(8 * HIDDEN, LABELS),
    }
    make = helper.make_node
    nodes = [
        make("Transpose", ["image"], ["pixels"], name="pixels", perm=(0, 3, 1, 2)),
        make("Conv", ["pixels", "depthwise"], ["seen"], name="depthwise", group=CHANNELS),
        make("GlobalAveragePool", ["seen"], ["mean"], name="mean"),
        make("Flatten", ["mean"], ["flat"], name="flat"),
        make("MatMul", ["flat", "first"], ["mixed"], name="first"),
        make("Concat", ["mixed", "far"], ["wide"], name="wide", axis=1),
        make("MatMul", ["wide", "small"], ["hidden"], name="small"),
        make("MatMul", ["hidden", "large"], ["larger"], name="large"),
        make("MatMul", ["larger", "last"], ["given"], name="last"),
    ]
    shape = [1, SIDE, SIDE, CHANNELS]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("given", TensorProto.FLOAT, [1, LABELS])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opsets = [helper.make_opsetid("", 15)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def samples(count=32):
    """Return images of one color each, of which a ripple sees nothing."""
    colors = np.random.default_rng(1).normal(size=(count, 1, 1, CHANNELS)).astype(np.float32)
    return np.broadcast_to(colors, (count, SIDE, SIDE, CHANNELS))


def quantized(model, calibration):
    return quantize_onnx(model, scheme="dynamic_int8", calibration=calibration)


def share_of_error(found, model):
    """Return the error's power as a share of the variance, for samples that chose nothing."""
    fed = samples(64)[32:]
    expected = run_floats(model, fed)
    return np.square(run_floats(found, fed) - expected).mean() / expected.var()


def operators(content):
    import onnx

    return {node.name.removesuffix("_quant"): node.op_type for node in _graph(onnx, content).node}


def scale_sizes(content):
    """Return how many scales the weights have, by the name of the weight."""
    import onnx

    return {
        each.name.removesuffix("_scale"): int(np.prod(each.dims))
        for each in _graph(onnx, content).initializer
        if each.name.endswith("_scale")
    }


def _graph(onnx, content):
    return onnx.load_from_string(content).graph


def test_a_model_that_loses_nothing_has_one_scale_for_a_layer_and_no_floats():
    model = network()
    found = quantized(model, samples())
    assert set(scale_sizes(found).values()) == {1}
    assert "MatMul" not in operators(found).values()
    assert share_of_error(found, model) < 2 * NEGLIGIBLE


def test_channels_that_differ_in_size_have_scales_of_their_own():
    model = network(ripple=1000.0)
    found = quantized(model, samples())
    sizes = scale_sizes(found)
    assert sizes["depthwise"] == CHANNELS
    assert not {"Conv", "MatMul"} & set(operators(found).values())
    assert share_of_error(found, model) < 2 * NEGLIGIBLE
    assert len(found) < 1.1 * len(quantized(network(), samples()))


def test_the_layer_that_int8_harms_stays_a_float_and_no_other():
    model = network(outlier=1000.0)
    found = quantized(model, samples())
    assert [name for name, kind in operators(found).items() if kind == "MatMul"] == ["small"]
    assert share_of_error(found, model) < 2 * NEGLIGIBLE
    assert len(found) < 1.2 * len(quantized(network(), samples()))


@pytest.mark.parametrize("count", [1, FEWEST - 1])
def test_without_samples_every_channel_has_its_scale_and_nothing_is_chosen(count):
    found = quantized(network(outlier=1000.0), samples(count))
    assert scale_sizes(found)["depthwise"] == CHANNELS
    assert "MatMul" not in operators(found).values()
