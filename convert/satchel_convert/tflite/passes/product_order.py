"""Multiplies matrices in the order in which the product is read, so that nobody transposes it.

Keras computes the scores of attention as keys times queries, and then transposes them: a matrix of
all words by all words, the largest of the model.
"""

from typing import Any, NamedTuple

import numpy as np

from satchel_convert.tflite.graph_builder import GraphBuilder
from satchel_convert.tflite.graph_reader import GraphReader


class _Transposed(NamedTuple):
    product: Any
    """A BATCH_MATMUL"""
    transpose: Any
    """The TRANSPOSE of its last two sides, which alone reads it"""


def order_products(tree: Any) -> None:
    """Replace (a b)ᵀ by bᵀ aᵀ in float32 or int8, if that needs no new TRANSPOSE.

    The second factor must be read transposed already, or come from a TRANSPOSE of its own.
    """
    for graph in tree.subgraphs:
        while found := _find(reader := GraphReader(tree, graph), graph):
            _reorder(found, reader, GraphBuilder(tree, graph))


def _find(reader: GraphReader, graph: Any) -> _Transposed | None:
    for operator in graph.operators:
        if not reader.is_a(operator, "TRANSPOSE"):
            continue
        product = reader.maker(operator.inputs[0], "BATCH_MATMUL")
        if (
            product is not None
            and product.builtinOptions is not None
            and _swaps_last(reader.constant(operator.inputs[1]))
            and reader.is_read_once(product.outputs[0])
            and _is_exact(reader, product, operator)
            and (product.builtinOptions.adjY or _flippable(reader, product) is not None)
        ):
            return _Transposed(product, operator)
    return None


def _is_exact(reader: GraphReader, product: Any, transpose: Any) -> bool:
    """Return whether the numbers are floats, or levels that the TRANSPOSE leaves as they are."""
    tensors = (*product.inputs, *product.outputs, *transpose.outputs)
    return reader.is_float(*tensors) or (
        reader.is_int8(*tensors) and reader.have_one_scale(*product.outputs, *transpose.outputs)
    )


def _swaps_last(order: Any) -> bool:
    if order is None or len(order) < 2:
        return False
    last = len(order) - 1
    return list(order) == [*range(last - 1), last, last - 1]


def _flippable(reader: GraphReader, product: Any) -> Any | None:
    """Return the TRANSPOSE of the second factor if it may write another order, or None."""
    second = product.inputs[1]
    made = reader.maker(second, "TRANSPOSE")
    if made is None or not reader.is_read_once(second) or reader.constant(made.inputs[1]) is None:
        return None
    return made


def _reorder(found: _Transposed, reader: GraphReader, builder: GraphBuilder) -> None:
    product, options = found.product, found.product.builtinOptions
    first, second = map(int, product.inputs)
    if not options.adjY:
        _flip(_flippable(reader, product), reader, builder)
    product.inputs = np.array([second, first], np.int32)
    options.adjX, options.adjY = False, not options.adjX
    product.outputs = found.transpose.outputs
    builder.graph.operators.remove(found.transpose)


def _flip(transpose: Any, reader: GraphReader, builder: GraphBuilder) -> None:
    """Let a TRANSPOSE write the last two sides of its output in the other order."""
    source, made = int(transpose.inputs[0]), int(transpose.outputs[0])
    order = reader.constant(transpose.inputs[1])
    assert order is not None, "_flippable says so"
    order = np.array([*order[:-2], order[-1], order[-2]], np.int32)
    tensor = builder.graph.tensors[made]
    tensor.shape = np.array([reader.shape(source)[at] for at in order], np.int32)
    tensor.shapeSignature = None
    name = tensor.name.decode()
    longer = [at for at in order if reader.shape(source)[at] != 1]
    if longer == sorted(longer):
        # Only sides of 1 move, so every number stays where it is.
        sides = builder.constant(f"{name}/sides", tensor.shape)
        builder.add("RESHAPE", [source, sides], made, "ReshapeOptions").newShape = tensor.shape
        builder.replace(transpose)
    else:
        # A new array: a file may hold equal vectors of several operators once.
        transpose.inputs = np.array([source, builder.constant(f"{name}/order", order)], np.int32)
