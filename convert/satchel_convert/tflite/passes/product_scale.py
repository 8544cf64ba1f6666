"""Scales a factor of a matrix product in place of the product, if the factor is smaller.

Attention without dropout scales its scores, a matrix of all words by all words, and not the
queries, which are a vector a word.
"""

from typing import Any, NamedTuple

import numpy as np

from satchel_convert.tflite.graph_builder import GraphBuilder
from satchel_convert.tflite.graph_reader import GraphReader

_OPTIONS = {"MUL": "MulOptions", "DIV": "DivOptions"}


class _Scaled(NamedTuple):
    product: Any
    """A BATCH_MATMUL"""
    scale: Any
    """The MUL or DIV by a number, which alone reads it"""
    name: str
    """MUL or DIV"""
    number: int
    """The tensor of the number"""
    factor: int
    """Which input of the product is the smaller one"""


def scale_factors(tree: Any) -> None:
    """Replace a product in float32 that is multiplied with, or divided by, one constant number.

    The number goes to the smaller factor, if that is smaller than the product.
    """
    for graph in tree.subgraphs:
        while found := _find(reader := GraphReader(tree, graph), graph):
            _move(found, reader, GraphBuilder(tree, graph))


def _find(reader: GraphReader, graph: Any) -> _Scaled | None:
    for product in graph.operators:
        if not reader.is_a(product, "BATCH_MATMUL"):
            continue
        made = product.outputs[0]
        for name in _OPTIONS:
            scale = reader.only_reader(made, name)
            if scale is None or reader.option(scale, "fusedActivationFunction"):
                continue
            place = list(scale.inputs).index(made)
            number = int(scale.inputs[1 - place])
            sizes = [reader.size(at) for at in product.inputs]
            factor = int(np.argmin(sizes))
            if (
                reader.is_float(*product.inputs, made, *scale.outputs)
                and (place == 0 or name == "MUL")
                and reader.constant(number) is not None
                and reader.constant(product.inputs[factor]) is None
                and reader.size(number) == 1
                and reader.shape(made) == reader.shape(scale.outputs[0])
                and sizes[factor] < reader.size(made)
            ):
                return _Scaled(product, scale, name, number, factor)
    return None


def _move(found: _Scaled, reader: GraphReader, builder: GraphBuilder) -> None:
    product = found.product
    factor = int(product.inputs[found.factor])
    name = builder.graph.tensors[factor].name.decode()
    scaled = builder.tensor(f"{name}/scaled", reader.shape(factor), "FLOAT32")
    builder.add(found.name, [factor, found.number], scaled, _OPTIONS[found.name])
    builder.place_before(product)
    inputs = [scaled if at == found.factor else each for at, each in enumerate(product.inputs)]
    product.inputs = np.array(inputs, np.int32)
    product.outputs = found.scale.outputs
    builder.graph.operators.remove(found.scale)
