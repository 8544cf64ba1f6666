"""Constants stored once: ONNX Runtime's tools give every tensor a scale and zero point of its own.

What an ONNX file must hold: https://github.com/onnx/onnx/blob/main/docs/IR.md.
"""

from typing import Any

from satchel_convert.onnx.graphs import drop_unread, rename_values


def share_constants(model: Any) -> None:
    """Store equal constants of the main graph once and as bytes, and leave out unread ones."""
    graph = model.graph
    drop_unread(graph)
    for each in graph.initializer:
        _store_raw(each)
    _share(graph)


def _store_raw(tensor: Any) -> None:
    """Store the numbers as bytes: a negative int8 takes ten as a number of its own."""
    from onnx import TensorProto, numpy_helper

    # The library stores four bits and texts in its own ways.
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
