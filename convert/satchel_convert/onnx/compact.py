"""An ONNX model without what only weighs: long names, and constants that are there twice.

ONNX Runtime's tools name each value after all that it came from and give every tensor a scale and
a zero point of its own: a third of a quantized MobileNet's file. float32 models keep their names,
by which a layer is found again in Keras; quantized ones are for devices. What an ONNX file must
hold: https://github.com/onnx/onnx/blob/main/docs/IR.md.
"""

import string
from collections import Counter
from collections.abc import Iterator
from itertools import count, product
from typing import Any

from satchel_convert.onnx.graphs import drop_unread, nested_graphs

NAMED_BY = 3
"""Parts of a path that tell an operator: layer, cell and operation"""
_QUANTIZERS = ("QuantizeLinear", "DequantizeLinear")
_LETTERS = string.ascii_letters + string.digits


def make_compact(model: Any) -> None:
    """Change an onnx.ModelProto in place, so that it is smaller and computes the same.

    Values get names of a letter or two, operators are called after the end of their path, and those
    that quantize have no name; equal constants are stored once, unread ones and the shapes that
    engines infer left out. The model's inputs and outputs keep their names.
    """
    graph = model.graph
    drop_unread(graph)
    for each in graph.initializer:
        _store_raw(each)
    _share_constants(graph)
    for inner in nested_graphs(graph):
        del inner.value_info[:]
    _rename(graph, _short_values(graph))
    _shorten_nodes(graph)
    _drop_domains(model)


def _store_raw(tensor: Any) -> None:
    """Store the numbers as bytes: a negative int8 takes ten as a number of its own."""
    from onnx import TensorProto, numpy_helper

    # The library stores four bits and texts in its own ways.
    if tensor.data_type in (TensorProto.STRING, TensorProto.INT4, TensorProto.UINT4):
        return
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))


def _share_constants(graph: Any) -> None:
    given = {each.name for each in (*graph.input, *graph.output)}
    first: dict[bytes, str] = {}
    renamed, kept = {}, []
    for each in graph.initializer:
        name, each.name = each.name, ""
        content = each.SerializeToString(deterministic=True)
        each.name = name
        if name not in given and content in first:
            renamed[name] = first[content]
        else:
            first.setdefault(content, name)
            kept.append(each)
    del graph.initializer[:]
    graph.initializer.extend(kept)
    _rename(graph, renamed)


def _short_values(graph: Any) -> dict[str, str]:
    """Return a short name for each value that is not the model's input or output."""
    given = {each.name for each in (*graph.input, *graph.output)}
    # An optional output that is left out has the empty name.
    long = {name: None for inner in nested_graphs(graph) for name in _made(inner) if name}
    letters = ("".join(each) for size in count(1) for each in product(_LETTERS, repeat=size))
    free = (name for name in letters if name not in given)
    return dict(zip((name for name in long if name not in given), free, strict=False))


def _made(graph: Any) -> Iterator[str]:
    """Yield the names that a graph gives to values."""
    for each in (*graph.input, *graph.initializer):
        yield each.name
    for node in graph.node:
        yield from node.output


def _rename(graph: Any, renamed: dict[str, str]) -> None:
    """Call values, of which no two share a name, by other names wherever they are made or read."""
    for inner in nested_graphs(graph):
        for each in (*inner.input, *inner.output, *inner.initializer):
            each.name = renamed.get(each.name, each.name)
        for node in inner.node:
            node.input[:] = [renamed.get(name, name) for name in node.input]
            node.output[:] = [renamed.get(name, name) for name in node.output]


def _shorten_nodes(graph: Any) -> None:
    often: Counter[str] = Counter()
    for node in (node for inner in nested_graphs(graph) for node in inner.node):
        if node.op_type in _QUANTIZERS:
            node.ClearField("name")
            continue
        name = "/".join(node.name.split("/")[-NAMED_BY:])
        often[name] += 1
        node.name = name if often[name] == 1 else f"{name}#{often[name]}"


def _drop_domains(model: Any) -> None:
    """Leave out the operator sets that no operator is of."""
    used = {node.domain for inner in nested_graphs(model.graph) for node in inner.node}
    kept = [each for each in model.opset_import if each.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
