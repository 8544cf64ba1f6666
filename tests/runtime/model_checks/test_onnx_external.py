"""Weights outside an ONNX file are found wherever they hide."""

import contextlib

import pytest
from hypothesis import given, strategies as st

from satchel.errors import EngineError
from satchel.model_checks.onnx_external import has_external_data

onnx = pytest.importorskip("onnx")


def weights(*, external: bool):
    tensor = onnx.helper.make_tensor("weights", onnx.TensorProto.FLOAT, [2], [1.0, 2.0])
    if external:
        tensor.ClearField("float_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="/etc/hostname")
    return tensor


def initializer(tensor):
    return onnx.helper.make_graph([], "g", [], [], initializer=[tensor])


def constant(tensor):
    return onnx.helper.make_graph(
        [onnx.helper.make_node("Constant", [], ["c"], value=tensor)], "g", [], []
    )


def branch(tensor):
    node = onnx.helper.make_node("If", ["x"], ["y"], then_branch=constant(tensor))
    return onnx.helper.make_graph([node], "g", [], [])


def sparse(tensor):
    indices = onnx.helper.make_tensor("i", onnx.TensorProto.INT64, [2], [0, 1])
    values = onnx.helper.make_sparse_tensor(tensor, indices, [4])
    return onnx.helper.make_graph([], "g", [], [], sparse_initializer=[values])


@pytest.mark.parametrize("place", [initializer, constant, branch, sparse])
def test_external_weights_are_found_in_every_place(place):
    hidden = onnx.helper.make_model(place(weights(external=True)))
    assert has_external_data(hidden.SerializeToString())
    held = onnx.helper.make_model(place(weights(external=False)))
    assert not has_external_data(held.SerializeToString())


def test_external_weights_are_found_in_a_function():
    body = [onnx.helper.make_node("Constant", [], ["c"], value=weights(external=True))]
    function = onnx.helper.make_function("d", "f", [], ["c"], body, [])
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], []), functions=[function])
    assert has_external_data(model.SerializeToString())


def test_graphs_that_nest_without_end_are_refused():
    graph = constant(weights(external=False))
    for _ in range(25):
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("If", ["x"], ["y"], then_branch=graph)], "g", [], []
        )
    with pytest.raises(EngineError, match="nest too deep"):
        has_external_data(onnx.helper.make_model(graph).SerializeToString())


@given(st.binary(max_size=200))
def test_any_bytes_are_answered_or_refused(content):
    with contextlib.suppress(EngineError):
        assert has_external_data(content) in (True, False)
