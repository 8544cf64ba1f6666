"""A number scales the smaller factor of a product, and not the product."""

import numpy as np
import pytest

from helpers.attention_files import Attention, texts
from helpers.tflite_engine import outputs
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.graph_reader import GraphReader
from satchel_convert.tflite.passes.product_scale import scale_factors
from satchel_convert.tflite.passes.run import run_passes

SCALE = 0.3


def scaled(name, *, first=False):
    file = Attention()
    inputs = [file.scores(), file.number(SCALE)]
    return file.write(file.softmax(file.join(name, *(reversed(inputs) if first else inputs))))


def sizes_of(model, name):
    """Return the number of elements that each operator of that name writes."""
    tree = read_tree(model)
    reader = GraphReader(tree, tree.subgraphs[0])
    return [
        reader.size(each.outputs[0])
        for each in tree.subgraphs[0].operators
        if reader.is_a(each, name)
    ]


@pytest.mark.parametrize(("name", "first"), [("MUL", False), ("MUL", True), ("DIV", False)])
def test_a_factor_is_scaled_and_not_the_product(name, first):
    model = scaled(name, first=first)
    moved = run_passes(model, [scale_factors])
    assert sizes_of(model, name) == [2 * 8 * 8]
    assert sizes_of(moved, name) == [2 * 8 * 4]
    expected = outputs(model, *texts())
    # The shares of scores up to 100 times 0.3, each a rounding apart: 100 * 2**-24.
    np.testing.assert_allclose(outputs(moved, *texts()), expected, atol=1e-5)
    unscaled = Attention()
    alone = outputs(unscaled.write(unscaled.softmax(unscaled.scores())), *texts())
    assert np.abs(alone - expected).max() > 0.1


def by_the_product():
    return scaled("DIV", first=True)


def with_a_vector():
    file = Attention()
    return file.write(file.join("MUL", file.scores(), file.floats(*range(8))))


def with_an_activation():
    tree = read_tree(scaled("MUL"))
    reader = GraphReader(tree, tree.subgraphs[0])
    (scale,) = (each for each in tree.subgraphs[0].operators if reader.is_a(each, "MUL"))
    scale.builtinOptions.fusedActivationFunction = 1
    return write_tree(tree)


def read_twice():
    file = Attention()
    scores = file.scores()
    return file.write(file.join("ADD", scores, file.join("MUL", scores, file.number(SCALE))))


def of_smaller_size():
    file = Attention()
    values = file.values()
    small = file.product(file.transpose(file.vectors, 0, 2, 3, 1), values)
    return file.write(file.join("MUL", small, file.number(SCALE)))


@pytest.mark.parametrize(
    "make",
    [by_the_product, with_a_vector, with_an_activation, read_twice, of_smaller_size],
    ids=lambda each: each.__name__,
)
def test_another_scale_stays_where_it_is(make):
    model = make()
    assert run_passes(model, [scale_factors]) == run_passes(model, [])
