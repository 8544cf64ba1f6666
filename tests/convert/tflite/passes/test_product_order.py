"""A product is multiplied in the order in which it is read, where that costs no new copy."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from helpers.attention_files import VECTORS, WORDS, Attention, texts
from helpers.tflite_engine import outputs, partition
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.graph_reader import GraphReader
from satchel_convert.tflite.passes.product_order import order_products
from satchel_convert.tflite.passes.run import run_passes


def transposes(model):
    """Return how many matrices of the file are transposed, and in which order the axes come."""
    tree = read_tree(model)
    reader = GraphReader(tree, tree.subgraphs[0])
    return [
        tuple(map(int, reader.constant(each.inputs[1])))
        for each in tree.subgraphs[0].operators
        if reader.is_a(each, "TRANSPOSE")
    ]


def by_flags(adj_x, adj_y):
    """Return a file of a transposed product, whose factors it reads with these flags."""
    file = Attention()
    first = file.transpose(file.keys, *((0, 2, 3, 1) if adj_x else (0, 2, 1, 3)))
    second = file.transpose(file.vectors, *((0, 2, 1, 3) if adj_y else (0, 2, 3, 1)))
    product = file.product(first, second, adj_x=adj_x, adj_y=adj_y)
    return file.write(file.transpose(product, 0, 1, 3, 2))


@pytest.mark.parametrize("adj_y", [False, True])
@pytest.mark.parametrize("adj_x", [False, True])
def test_the_transpose_of_a_product_goes(adj_x, adj_y):
    model = by_flags(adj_x, adj_y)
    ordered = run_passes(model, [order_products])
    assert (0, 1, 3, 2) in transposes(model)
    assert len(transposes(ordered)) == 2
    assert (0, 1, 3, 2) not in transposes(ordered)
    expected = outputs(model, *texts())
    # Four numbers are summed, in another order at most.
    np.testing.assert_allclose(outputs(ordered, *texts()), expected, rtol=1e-5, atol=1e-5)
    assert not np.allclose(expected, expected.swapaxes(-1, -2))


def keras_scores():
    file = Attention()
    return file.write(file.as_keras())


def test_the_scores_of_keras_are_multiplied_in_their_order():
    model = keras_scores()
    ordered = run_passes(model, [order_products])
    assert transposes(ordered) == [(0, 2, 1, 3), (0, 2, 1, 3)]
    np.testing.assert_allclose(
        outputs(ordered, *texts()), outputs(model, *texts()), rtol=1e-5, atol=1e-5
    )
    assert partition(ordered) == (1, ())


def test_queries_of_one_head_need_no_transpose_at_all():
    file = Attention()
    one = file.reshape(file.vectors, 1, 16, 1, 4)
    keys = file.reshape(file.keys, 1, 1, 16, 4)
    queries = file.transpose(one, 0, 2, 3, 1)
    model = file.write(file.transpose(file.product(keys, queries), 0, 1, 3, 2))
    ordered = run_passes(model, [order_products])
    assert transposes(ordered) == []
    np.testing.assert_allclose(
        outputs(ordered, *texts()), outputs(model, *texts()), rtol=1e-5, atol=1e-5
    )


def in_int8(*, other_scale):
    """Return the scores of Keras in int8; the TRANSPOSE may have a scale of its own."""
    tree = read_tree(keras_scores())
    for number, tensor in enumerate(tree.subgraphs[0].tensors):
        if tensor.type == schema.TensorType.FLOAT32:
            tensor.type = schema.TensorType.INT8
            tensor.quantization = schema.QuantizationParametersT()
            made = number not in tree.subgraphs[0].inputs
            tensor.quantization.scale = np.array([0.2 if made else 0.1], np.float32)
            tensor.quantization.zeroPoint = np.array([-3 if made else 5], np.int64)
    graph = tree.subgraphs[0]
    for operator in graph.operators[:2]:
        # A transpose of the inputs keeps their scale.
        source = graph.tensors[operator.inputs[0]]
        graph.tensors[operator.outputs[0]].quantization = source.quantization
    if other_scale:
        last = graph.tensors[graph.outputs[0]].quantization
        last.scale = np.array([0.3], np.float32)
    return write_tree(tree)


def test_levels_are_the_same_in_the_other_order():
    model = in_int8(other_scale=False)
    ordered = run_passes(model, [order_products])
    assert transposes(ordered) == [(0, 2, 1, 3), (0, 2, 1, 3)]
    generator = np.random.default_rng(6)
    keys = [generator.integers(-128, 128, (2, *VECTORS), np.int8) for _ in range(3)]
    fed = [(np.ones(WORDS, bool), *each) for each in keys]
    expected = outputs(model, *fed)
    assert np.array_equal(outputs(ordered, *fed), expected)
    assert len(np.unique(expected)) > 50


def read_twice():
    file = Attention()
    product = file.product(file.values(), file.transpose(file.vectors, 0, 2, 3, 1))
    return file.write(file.join("ADD", product, file.transpose(product, 0, 1, 3, 2)))


def put_out():
    file = Attention()
    product = file.product(file.values(), file.transpose(file.vectors, 0, 2, 3, 1))
    return file.write(file.transpose(product, 0, 1, 3, 2), product)


def of_other_sides():
    file = Attention()
    product = file.product(file.values(), file.transpose(file.vectors, 0, 2, 3, 1))
    return file.write(file.transpose(product, 0, 2, 1, 3))


def with_a_factor_of_no_transpose():
    file = Attention()
    product = file.product(file.values(), file.reshape(file.vectors, 1, 2, 4, 8))
    return file.write(file.transpose(product, 0, 1, 3, 2))


def with_a_factor_in_use():
    file = Attention()
    second = file.transpose(file.vectors, 0, 2, 3, 1)
    product = file.transpose(file.product(file.values(), second), 0, 1, 3, 2)
    return file.write(product, file.softmax(second))


def with_a_scale_of_its_own():
    return in_int8(other_scale=True)


@pytest.mark.parametrize(
    "make",
    [
        with_a_scale_of_its_own,
        read_twice,
        put_out,
        of_other_sides,
        with_a_factor_of_no_transpose,
        with_a_factor_in_use,
    ],
    ids=lambda each: each.__name__,
)
def test_another_product_stays_as_it_is(make):
    model = make()
    assert run_passes(model, [order_products]) == run_passes(model, [])
