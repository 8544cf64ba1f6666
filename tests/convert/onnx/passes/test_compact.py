import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from satchel.engines.engine import open_engine
from satchel_convert.onnx.passes.plan import COMPACT

CHANNELS = 40


def make_compact(model):
    for each in COMPACT:
        each(model)


def value(name, kind=TensorProto.FLOAT, shape=(1, CHANNELS)):
    return helper.make_tensor_value_info(name, kind, shape)


def quantized():
    """Return a model that rounds x to int8 twice, once in a branch, and adds both up."""
    zeros = [0] * CHANNELS
    scales = np.full(CHANNELS, 0.25, np.float32)
    twice = [f"network/block_{at}/layer/cell/operation:0" for at in range(2)]
    nodes = []
    for long in twice:
        parts = [f"{long}_scale", f"{long}_zero_point"]
        nodes += [
            helper.make_node("QuantizeLinear", ["x", *parts], [f"{long}_q"], f"{long}_Q", axis=1),
            helper.make_node("DequantizeLinear", [f"{long}_q", *parts], [long], f"{long}_D"),
        ]
    branches = {
        side: helper.make_graph(
            [helper.make_node(operator, [twice[1]], ["inside"], "network/branch/it")],
            side,
            [],
            [value("inside")],
        )
        for side, operator in (("then_branch", "Neg"), ("else_branch", "Identity"))
    }
    nodes += [
        helper.make_node("If", ["c"], ["chosen"], "network/if", **branches),
        helper.make_node("Add", [twice[0], "chosen"], ["y"], "network/block_9/layer/cell/sum"),
    ]
    constants = []
    for long in twice:
        constants += [
            numpy_helper.from_array(scales, f"{long}_scale"),
            helper.make_tensor(f"{long}_zero_point", TensorProto.INT8, [CHANNELS], zeros),
        ]
    constants.append(numpy_helper.from_array(np.ones(100, np.float32), "nobody reads it"))
    graph = helper.make_graph(
        nodes, "g", [value("x"), value("c", TensorProto.BOOL, [1])], [value("y")], constants
    )
    graph.value_info.append(value(twice[0]))
    opsets = [helper.make_opsetid("", 19), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


@pytest.fixture
def compact():
    model = quantized()
    make_compact(model)
    onnx.checker.check_model(model, full_check=True)
    return model


@pytest.mark.parametrize("truth", [True, False])
def test_a_compact_model_says_the_same(compact, truth):
    x = np.linspace(-3, 3, CHANNELS, dtype=np.float32)[np.newaxis]
    given = {"x": x, "c": np.array([truth])}
    predictions = [prediction(model, given) for model in (quantized(), compact)]
    np.testing.assert_array_equal(*predictions)
    assert predictions[0].any() != truth


def prediction(model, given):
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(model).run(None, given)[0]


def test_equal_constants_are_stored_once_and_as_bytes_and_unread_ones_are_left_out(compact):
    kinds = {TensorProto.DataType.Name(each.data_type) for each in compact.graph.initializer}
    assert kinds == {"FLOAT", "INT8"}
    assert len(compact.graph.initializer) == 2
    assert all(each.raw_data for each in compact.graph.initializer)


def test_values_have_short_names_but_for_inputs_and_outputs(compact):
    graph = compact.graph
    assert [each.name for each in (*graph.input, *graph.output)] == ["x", "c", "y"]
    names = {name for node in graph.node for name in (*node.input, *node.output)}
    assert max(map(len, names)) == 1
    assert not graph.value_info


def test_operators_are_called_after_the_end_of_their_path_and_differ(compact):
    names = {node.op_type: node.name for node in compact.graph.node}
    assert names["Add"] == "layer/cell/sum"
    assert names["QuantizeLinear"] == names["DequantizeLinear"] == ""
    branches = [
        each.g.node[0].name
        for node in compact.graph.node
        for each in node.attribute[:2]
        if node.op_type == "If"
    ]
    assert sorted(branches) == ["network/branch/it", "network/branch/it#2"]


def test_operator_sets_without_an_operator_are_left_out(compact):
    assert [each.domain for each in compact.opset_import] == [""]


def test_what_is_compact_stays_as_it_is(compact):
    again = onnx.ModelProto()
    again.CopyFrom(compact)
    make_compact(again)
    assert again == compact


def test_numbers_of_four_bits_are_kept():
    levels = helper.make_tensor("w", TensorProto.INT4, [4], bytes([0x21, 0x43]), raw=True)
    scale = numpy_helper.from_array(np.float32(0.5), "s")
    node = helper.make_node("DequantizeLinear", ["w", "s"], ["d"])
    graph = helper.make_graph(
        [node, helper.make_node("Mul", ["x", "d"], ["y"])],
        "g",
        [value("x", shape=[4])],
        [value("y", shape=[4])],
        [levels, scale],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    make_compact(model)
    engine = open_engine("onnx", model.SerializeToString(), threads=1)
    found = engine.run(np.ones(4, np.float32))
    np.testing.assert_array_equal(found, [0.5, 1, 1.5, 2])
