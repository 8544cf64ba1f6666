"""Finds the values that are read in an ONNX graph and in the graphs of its loops and branches."""

from collections.abc import Iterator, Mapping
from typing import Any


def nested_graphs(graph: Any) -> Iterator[Any]:
    """Yield an onnx.GraphProto and the graphs in its nodes' attributes, at any depth."""
    yield graph
    for node in graph.node:
        for each in node.attribute:
            if each.HasField("g"):
                yield from nested_graphs(each.g)


def reads(node: Any) -> set[str]:
    """Return the names of the values that ``node`` reads, in its subgraphs too."""
    return {*node.input}.union(
        *(_reads_from_outside(each.g) for each in node.attribute if each.HasField("g"))
    )


def fed_values(graph: Any) -> list[Any]:
    """Return the inputs of an onnx.GraphProto that a caller must feed, without the weights."""
    weights = {each.name for each in graph.initializer}
    # Before IR version 4, every weight was an input as well.
    return [each for each in graph.input if each.name not in weights]


def input_names(content: bytes) -> list[str]:
    """Return the names of the inputs of an .onnx, in order."""
    import onnx

    return [each.name for each in fed_values(onnx.load_from_string(content).graph)]


def drop_unread(graph: Any) -> None:
    """Remove the constants that neither a node nor an output of the graph reads."""
    read = {value.name for value in graph.output}.union(*map(reads, graph.node))
    kept = [each for each in graph.initializer if each.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def rename_values(graph: Any, renamed: Mapping[str, str]) -> None:
    """Rename values wherever they are made or read; the names in the model must be unique."""
    for inner in nested_graphs(graph):
        for each in (*inner.input, *inner.output, *inner.initializer):
            each.name = renamed.get(each.name, each.name)
        for node in inner.node:
            node.input[:] = [renamed.get(name, name) for name in node.input]
            node.output[:] = [renamed.get(name, name) for name in node.output]


def _reads_from_outside(graph: Any) -> set[str]:
    made = {value.name for value in (*graph.input, *graph.initializer)}
    made.update(name for node in graph.node for name in node.output)
    # An output of a graph may be a value of the graph around it.
    outputs = {value.name for value in graph.output}
    return outputs.union(*map(reads, graph.node)) - made
