"""Shortens names, because ONNX Runtime's tools name each value after everything it is made from."""

import string
from collections import Counter
from collections.abc import Iterator
from itertools import count, product
from typing import Any

from satchel_convert.onnx.graphs import nested_graphs, rename_values

NAMED_BY = 3
"""The number of parts at the end of a path that identify an operator: layer, cell and operation"""
_QUANTIZERS = ("QuantizeLinear", "DequantizeLinear")
_LETTERS = string.ascii_letters + string.digits


def shorten_names(model: Any) -> None:
    """Give values names of a letter or two, and name operators after the end of their path.

    Operators that quantize lose their names. The model's inputs and outputs keep their names.
    """
    rename_values(model.graph, _short_values(model.graph))
    _shorten_nodes(model.graph)


def _short_values(graph: Any) -> dict[str, str]:
    """Return a short name for each value that is not an input or output of the model."""
    ends = {each.name for each in (*graph.input, *graph.output)}
    # An optional output that is left out has the empty name.
    long = {name: None for inner in nested_graphs(graph) for name in _made(inner) if name}
    letters = ("".join(each) for size in count(1) for each in product(_LETTERS, repeat=size))
    free = (name for name in letters if name not in ends)
    return dict(zip((name for name in long if name not in ends), free, strict=False))


def _made(graph: Any) -> Iterator[str]:
    """Yield the names that a graph gives to values."""
    for each in (*graph.input, *graph.initializer):
        yield each.name
    for node in graph.node:
        yield from node.output


def _shorten_nodes(graph: Any) -> None:
    often: Counter[str] = Counter()
    for node in (node for inner in nested_graphs(graph) for node in inner.node):
        if node.op_type in _QUANTIZERS:
            node.ClearField("name")
            continue
        name = "/".join(node.name.split("/")[-NAMED_BY:])
        often[name] += 1
        node.name = name if often[name] == 1 else f"{name}#{often[name]}"
