"""A product is multiplied in the order in which it is read, where that costs no new copy."""

import numpy as np
import pytest

from helpers.attention_files import Attention, texts
from helpers.tflite_engine import outputs, partition
from satchel_convert.tflite.passes.product_order import order_products
from satchel_convert.tflite.passes.run import run_passes


def transposes(model):
    """Return how many matrices of the file are transposed, and in which order the axes come."""
    from satchel_convert.tflite.flatbuffer import read_tree
    from satchel_convert.tflite.graph_reader import GraphReader

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


def test_the_scores_of_keras_are_multiplied_in_their_order():
    file = Attention()
    model = file.write(file.as_keras())
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


@pytest.mark.parametrize(
    "make",
    [read_twice, put_out, of_other_sides, with_a_factor_of_no_transpose, with_a_factor_in_use],
    ids=lambda each: each.__name__,
)
def test_another_product_stays_as_it_is(make):
    model = make()
    assert run_passes(model, [order_products]) == run_passes(model, [])
