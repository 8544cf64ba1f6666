import numpy as np
import pytest

from satchel_convert.onnx.static_quantization import masked_nodes


def attention(*, mask):
    """Return an ONNX graph that softens scores, which ``mask`` times a huge number is added to."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("MatMul", ["taken", "weights"], ["scores"], name="scores"),
        helper.make_node("Mul", ["hidden", "factor"], ["penalty"], name="penalty"),
        helper.make_node("Add", ["scores", "penalty"], ["masked"], name="masked"),
        helper.make_node("Softmax", ["masked"], ["shares"], name="shares"),
        helper.make_node("MatMul", ["shares", "weights"], ["given"], name="mixed"),
    ]
    shape = [1, 4]
    constants = {"weights": np.eye(4, dtype=np.float32), "factor": np.float32([mask])}
    return helper.make_graph(
        nodes,
        "attention",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name in ("taken", "hidden")
        ],
        [helper.make_tensor_value_info("given", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )


@pytest.mark.parametrize("mask", [-1e9, 1e4])
def test_what_is_between_a_mask_and_its_softmax_is_found(mask):
    assert masked_nodes(attention(mask=mask)) == {"penalty", "masked", "shares"}


def test_no_node_is_masked_where_no_constant_is_huge():
    assert masked_nodes(attention(mask=-100.0)) == frozenset()


def test_ids_however_large_are_no_mask():
    from onnx import numpy_helper

    graph = attention(mask=-1.0)
    graph.initializer.append(numpy_helper.from_array(np.int64([2**40]), "factor2"))
    graph.node[1].input[1] = "factor2"
    assert masked_nodes(graph) == frozenset()
