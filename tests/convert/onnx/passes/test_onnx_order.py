import onnx
import pytest
from onnx import TensorProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

from satchel_convert.onnx.passes.order import sort_nodes


def model(*names):
    """Return y = -|x| where c is true and y = |x| elsewhere, nodes in the order of ``names``."""
    value, truth = (
        make_tensor_value_info(name, kind, [1])
        for name, kind in (("x", TensorProto.FLOAT), ("c", TensorProto.BOOL))
    )
    result = make_tensor_value_info("y", TensorProto.FLOAT, [1])
    branches = {
        "then_branch": make_graph([make_node("Neg", ["size"], ["n"])], "then", [], [named("n")]),
        "else_branch": make_graph(
            [make_node("Identity", ["size"], ["i"])], "else", [], [named("i")]
        ),
    }
    nodes = {
        "size": make_node("Abs", ["x"], ["size"]),
        "choice": make_node("If", ["c"], ["chosen"], **branches),
        "copy": make_node("Identity", ["chosen"], ["y"]),
    }
    graph = make_graph([nodes[name] for name in names], "g", [value, truth], [result])
    return make_model(graph, opset_imports=[make_opsetid("", 15)])


def named(name):
    return make_tensor_value_info(name, TensorProto.FLOAT, [1])


def test_nodes_come_behind_what_they_and_their_subgraphs_read():
    unsorted = model("copy", "choice", "size")
    with pytest.raises(onnx.checker.ValidationError, match="topologically sorted"):
        onnx.checker.check_model(unsorted)
    sort_nodes(unsorted)
    onnx.checker.check_model(unsorted)
    assert unsorted == model("size", "choice", "copy")


def test_a_sorted_graph_stays_as_it_is():
    expected = model("size", "choice", "copy")
    found = model("size", "choice", "copy")
    sort_nodes(found)
    assert found == expected
