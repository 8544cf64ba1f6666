"""Stores equal constants once. ONNX Runtime's tools give every tensor its own scale and zero point.

https://github.com/onnx/onnx/blob/main/docs/IR.md says what an ONNX file must hold.
"""

from typing import Any

from satchel_convert.onnx.graphs import drop_unread, rename_values


def share_constants(model: Any) -> None:
    """Store equal constants of the main graph once and as bytes; remove unread ones."""
    graph = model.graph
    drop_unread(graph)
    for each in graph.initializer:
        _store_raw(each)
    _share(graph)


def _store_raw(tensor: Any) -> None:
    """Store the numbers of a tensor as bytes; a negative int8 in a number field takes ten bytes."""
    from onnx import TensorProto, numpy_helper

    # The library stores numbers of four bits and texts in other ways.
    if tensor.data_type in (TensorProto.STRING, TensorProto.INT4, TensorProto.UINT4):
        return
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))


def _share(graph: Any) -> None:
    ends = {each.name for each in (*graph.input, *graph.output)}
    first: dict[bytes, str] = {}
    renamed, kept = {}, []
    for each in graph.initializer:
        name, each.name = each.name, ""
        content = each.SerializeToString(deterministic=True)
        each.name = name
        if name not in ends and content in first:
            renamed[name] = first[content]
        else:
            first.setdefault(content, name)
            kept.append(each)
    del graph.initializer[:]
    graph.initializer.extend(kept)
    rename_values(graph, renamed)
