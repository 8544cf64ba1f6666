"""Inputs of .onnx files as exporters write them: any batch, any size, and other numbers."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from helpers.finished_models import onnx_graph
from satchel.bundle.card import TensorSpec
from satchel.errors import SatchelError
from satchel_convert.finished_models.finished_model import Pinned
from satchel_convert.finished_models.onnx_graph import open_onnx


def declared(shape):
    """Return the bytes of a model whose input and output are declared with those sides."""
    model = onnx.load_from_string(onnx_graph((1, 3, 8, 8)))
    graph = model.graph
    for value, sides in ((graph.input[0], shape), (graph.output[0], (shape[0], 3))):
        for dimension, side in zip(value.type.tensor_type.shape.dim, sides, strict=True):
            dimension.Clear()
            if isinstance(side, int):
                dimension.dim_value = side
            else:
                dimension.dim_param = side
    return model.SerializeToString()


@pytest.mark.parametrize("batch", [-1, 0, 1, "N"])
@pytest.mark.parametrize("sides", [(8, 8), ("height", "width")])
def test_a_batch_and_a_size_of_any_number(batch, sides):
    found = open_onnx(declared((batch, 3, *sides)), Pinned(size=(8, 8)))
    assert found.shape == (1, 8, 8, 3)
    assert found.outputs == (1, 3)
    assert found.activation == "softmax"


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (TensorProto.FLOAT16, "float32"),
        (TensorProto.DOUBLE, "float32"),
        (TensorProto.UINT8, "uint8"),
        (TensorProto.INT64, "int32"),
    ],
)
def test_numbers_that_the_runtime_does_not_feed_get_a_cast(dtype, expected):
    assert open_onnx(onnx_graph((1, 3, 8, 8), dtype=dtype), Pinned()).input == TensorSpec(expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_levels_get_the_scale_that_the_graph_states(dtype):
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    model = onnx.load_from_string(onnx_graph((1, 3, 8, 8), dtype=kind))
    graph = model.graph
    levels = helper.make_node("DequantizeLinear", ["pixels", "scale", "zero_point"], ["real"])
    graph.node[0].CopyFrom(levels)
    zero_point = numpy_helper.from_array(np.array(3, dtype), "zero_point")
    graph.initializer.extend([numpy_helper.from_array(np.float32(0.5), "scale"), zero_point])
    found = open_onnx(model.SerializeToString(), Pinned())
    assert found.input == TensorSpec(dtype, 0.5, 3)


def test_several_outputs_without_clear_scores_are_named():
    nodes = [
        helper.make_node("Identity", ["logits"], ["first"]),
        helper.make_node("Identity", ["logits"], ["second"]),
    ]
    content = onnx_graph((1, 3, 8, 8), nodes=nodes, outputs=("first", "second"))
    with pytest.raises(SatchelError, match="got 2 outputs: first, second"):
        open_onnx(content, Pinned())


def test_what_an_engine_runs_is_not_called_damaged():
    from satchel.engines.onnx import open_engine

    with pytest.raises(
        SatchelError, match="keeps Satchel's rules, got another: a tensor has a neg"
    ):
        open_engine(declared((-1, 3, 8, 8)), threads=1)
