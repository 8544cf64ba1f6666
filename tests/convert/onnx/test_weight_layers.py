"""The weights of each operator as a matrix, its inputs, and the file that holds them rounded."""

import numpy as np
import pytest

from helpers.onnx_layers import LAYERS, layer_of, model_of, normal, one_layer, run
from satchel_convert.onnx.seen_inputs import seen_inputs
from satchel_convert.onnx.stored_weights import Stored, store_weights
from satchel_convert.onnx.weight_layers import weight_layers
from satchel_convert.rounding.rounding import round_to_nearest

SEEN = [
    name
    for name in LAYERS
    if name.split(",")[0] in ("Conv", "Gemm", "MatMul") and name != "MatMul, a batch"
]


def graph_of(content):
    import onnx

    model = onnx.load_from_string(content)
    return model, model.graph


def the_layer(content, at=0):
    return list(weight_layers(graph_of(content)[1]))[at]


def stored(content, *, bits, block=None):
    """Return the .onnx with its first weight rounded, and with floats of the same value."""
    from onnx import numpy_helper

    (model, graph), (floats, float_graph) = graph_of(content), graph_of(content)
    layer = next(weight_layers(graph))
    held = next(each for each in float_graph.initializer if each.name == layer.weight)
    matrix = layer.layout.matrix(numpy_helper.to_array(held))
    rounded = round_to_nearest(matrix, bits=bits, block=block)
    store_weights(graph, {layer.weight: Stored(rounded, layer.layout, bits)})
    same = np.ascontiguousarray(layer.layout.weights(rounded.weights))
    held.CopyFrom(numpy_helper.from_array(same, layer.weight))
    return model.SerializeToString(), floats.SerializeToString()


@pytest.mark.parametrize("name", LAYERS)
def test_a_matrix_becomes_the_weights_again(name):
    weights, _, _ = LAYERS[name]
    layout = the_layer(layer_of(name)).layout
    assert np.array_equal(layout.weights(layout.matrix(weights)), weights)


@pytest.mark.parametrize("name", SEEN)
def test_the_matrix_times_the_inputs_is_what_the_operator_computes(name):
    weights, taken, _ = LAYERS[name]
    content = layer_of(name)
    layer, x = the_layer(content), normal(20, *taken)
    seen = seen_inputs(layer, x, most=10_000)
    matrix = layer.layout.matrix(weights)
    outputs = seen @ np.swapaxes(matrix.reshape(len(seen), -1, matrix.shape[-1]), 1, 2)
    expected = run(content, x=x)
    if name.startswith("Conv"):
        # (groups, positions, outputs) beside (outputs, positions).
        outputs, expected = outputs.transpose(0, 2, 1), expected[0]
    np.testing.assert_allclose(outputs.reshape(expected.shape), expected, atol=1e-4)


def test_no_more_positions_than_asked_for_and_the_same_ones_of_both_models():
    layer, x = the_layer(layer_of("Conv, groups")), normal(21, 1, 8, 9, 7)
    few, all_of_them = (seen_inputs(layer, x, most=most) for most in (10, 1000))
    assert few.shape == (2, 10, 36)
    assert all_of_them.shape == (2, 63, 36)
    assert np.array_equal(2 * few, seen_inputs(layer, 2 * x, most=10))


@pytest.mark.parametrize(
    ("name", "bits", "block"),
    [
        (name, *stored)
        for name in LAYERS
        # A block of more than its nine inputs would be padded.
        for stored in ((8, None), (4, 8), *([] if "depthwise" in name else [(4, 32), (4, 14)]))
    ],
)
def test_the_file_computes_with_the_rounded_weights(name, bits, block):
    _, taken, _ = LAYERS[name]
    rounded, floats = stored(layer_of(name), bits=bits, block=block)
    x = normal(22, *taken)
    expected = run(floats, x=x)
    # The scales of 4 bits are stored in float16, of 11 bits.
    atol = (1e-5 if bits == 8 else 5e-4) * np.abs(expected).max()
    np.testing.assert_allclose(run(rounded, x=x), expected, atol=atol)
    assert len(rounded) < (0.6 if bits == 8 else 0.5) * len(floats) + 400


def test_a_table_has_a_scale_for_each_column_and_not_for_each_row():
    table = normal(23, 500, 8)
    content = one_layer("Gather", table, taken=(1, 6), dtype="INT32")
    ids = np.int32([[0, 1, 2, 497, 498, 499]])
    for bits, block in ((8, None), (4, 32)):
        rounded, floats = stored(content, bits=bits, block=block)
        np.testing.assert_allclose(run(rounded, x=ids), run(floats, x=ids), atol=2e-3)
        scales = [
            each for each in graph_of(rounded)[1].initializer if each.name.startswith("w/scales")
        ]
        assert [int(np.prod(each.dims)) for each in scales] == [8 if bits == 8 else 8 * 16]


def test_both_weights_of_a_recurrent_layer_are_found():
    from onnx import helper

    constants = {"w": normal(24, 1, 64, 10), "r": normal(25, 1, 64, 16)}
    node = helper.make_node("LSTM", ["x", "w", "r"], ["", "y"], hidden_size=16)
    content = model_of([node], constants, given=(1, 1, 16), taken=(4, 1, 10))
    assert [each.weight for each in weight_layers(graph_of(content)[1])] == ["w", "r"]
    rounded, floats = stored(content, bits=8)
    x = normal(26, 4, 1, 10)
    np.testing.assert_allclose(run(rounded, x=x), run(floats, x=x), atol=1e-5)


@pytest.mark.parametrize(("bits", "block"), [(8, None), (4, 32)])
def test_the_engine_makes_the_floats_when_it_loads_the_model(bits, block, tmp_path):
    import onnx
    import onnxruntime

    rounded, _ = stored(layer_of("Gemm"), bits=bits, block=block)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    onnxruntime.InferenceSession(rounded, options, providers=["CPUExecutionProvider"])
    loaded = onnx.load(tmp_path / "loaded.onnx").graph
    assert len(graph_of(rounded)[1].node) > 2
    assert {node.op_type for node in loaded.node} <= {"Gemm", "MatMul"}


def test_scales_that_float16_does_not_hold_stay_float32():
    from onnx import numpy_helper

    (model, graph) = graph_of(layer_of("Gemm"))
    held = next(each for each in graph.initializer if each.name == "w")
    held.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(held) * np.float32(1e-9), "w"))
    rounded, floats = stored(model.SerializeToString(), bits=4, block=32)
    x = normal(27, 1, 64)
    np.testing.assert_allclose(run(rounded, x=x), run(floats, x=x), rtol=1e-4, atol=1e-13)


def test_a_block_of_zeros_stays_zeros():
    content = one_layer("Gemm", np.zeros((64, 33), np.float32), taken=(1, 64))
    rounded, _ = stored(content, bits=4, block=32)
    assert not run(rounded, x=normal(28, 1, 64)).any()
