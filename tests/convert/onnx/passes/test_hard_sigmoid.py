import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from satchel_convert.onnx.passes.hard_sigmoid import fuse_hard_sigmoids


def model(*, shift=3.0, lowest=0.0, highest=6.0, factor=1 / 6, outputs=("y",), swapped=False):
    """Return y = clip(x + shift, lowest, highest) * factor."""
    constants = {"shift": shift, "lowest": lowest, "highest": highest, "factor": factor}
    order = -1 if swapped else 1
    nodes = [
        helper.make_node("Add", ["x", "shift"][::order], ["shifted"]),
        helper.make_node("Clip", ["shifted", "lowest", "highest"], ["clipped"]),
        helper.make_node("Mul", ["clipped", "factor"][::order], ["y"], "activation"),
    ]
    value = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [9])
        for name in ("x", "y", "shifted", "clipped")
    }
    graph = helper.make_graph(
        nodes,
        "g",
        [value["x"]],
        [value[name] for name in outputs],
        [numpy_helper.from_array(np.float32(each), name) for name, each in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)])


def operators(found):
    return [node.op_type for node in found.graph.node]


def predictions(found):
    from onnx.reference import ReferenceEvaluator

    x = np.linspace(-4, 4, 9, dtype=np.float32)
    return ReferenceEvaluator(found).run(["y"], {"x": x})[0]


@pytest.mark.parametrize("swapped", [False, True])
def test_three_operators_become_one_that_says_the_same(swapped):
    fused = model(swapped=swapped)
    fuse_hard_sigmoids(fused)
    onnx.checker.check_model(fused)
    assert operators(fused) == ["HardSigmoid"]
    assert fused.graph.node[0].name == "activation"
    assert not fused.graph.initializer
    # A sixth, and the sum of it, are rounded in another order.
    np.testing.assert_allclose(predictions(fused), predictions(model()), atol=1e-6)


@pytest.mark.parametrize(
    "other",
    [
        {"shift": 2.0},
        {"lowest": -1.0},
        {"highest": 5.0},
        {"factor": 0.2},
        {"outputs": ("y", "shifted")},
        {"outputs": ("y", "clipped")},
    ],
    ids=lambda other: next(iter(other)) + str(other),
)
def test_what_is_something_else_or_read_elsewhere_stays(other):
    expected, found = model(**other), model(**other)
    fuse_hard_sigmoids(found)
    assert found == expected


def test_the_converter_fuses_them():
    import keras

    from satchel_convert.onnx.converter import to_onnx

    image = keras.Input((4, 4, 3), batch_size=1, name="image")
    made = keras.Model(image, keras.layers.Activation("hard_silu")(image))
    exported = onnx.load_from_string(to_onnx(made))
    assert sorted(operators(exported)) == ["HardSigmoid", "Mul"]
