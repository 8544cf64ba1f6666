"""Writes one row of a list in place, where a converter cuts the list and joins it anew.

A loop of Keras's keeps the outputs of all its steps in a list. TensorFlow's converter writes an
element as the rows before it, the element and the rows behind it, whose sizes change in each step.
So every step allocates and copies the whole list twice.
"""

from typing import Any, NamedTuple

import numpy as np

from satchel_convert.tflite.graph_builder import GraphBuilder
from satchel_convert.tflite.graph_reader import GraphReader


class _Update(NamedTuple):
    join: Any
    """The CONCATENATION of the rows before, the element, and the rows behind"""
    rows: int
    """The tensor of the whole list"""
    place: int
    """The tensor of the number of rows before, of one side of 1"""


def update_lists(tree: Any) -> None:
    """Replace ``concat(list[:at], element, list[at + 1:])`` by a DYNAMIC_UPDATE_SLICE.

    What made the parts stays, for ``remove_unread_operators``. Outside of the list, ``at`` was an
    error and is now the nearest row.
    """
    for graph in tree.subgraphs:
        reader, builder = GraphReader(tree, graph), GraphBuilder(tree, graph)
        for operator in list(graph.operators):
            update = _update(operator, reader)
            if update is not None:
                _replace(update, reader, builder)


def _update(join: Any, reader: GraphReader) -> _Update | None:
    if not _joins_rows(join, reader) or len(join.inputs) != 3:
        return None
    before, element, behind = map(int, join.inputs)
    head, tail = reader.maker(before, "SLICE"), reader.maker(behind, "SLICE")
    if head is None or tail is None or head.inputs[0] != tail.inputs[0]:
        return None
    rows = int(head.inputs[0])
    sides = reader.shape(rows)
    if (
        not _is_all(reader, head.inputs[1], 0)
        or not _is_all(reader, tail.inputs[2], -1)
        or not reader.is_float(rows, element, *join.outputs)
        or reader.shape(element) != (1, *sides[1:])
        or reader.shape(join.outputs[0]) != sides
    ):
        return None
    # A size of -1 reaches to the end of a side.
    place = _first_of(reader, head.inputs[2], others=-1)
    following = _first_of(reader, tail.inputs[1], others=0)
    if place is None or following is None or not _follows(reader, following, place):
        return None
    return _Update(join, rows, place)


def _joins_rows(operator: Any, reader: GraphReader) -> bool:
    return (
        reader.is_a(operator, "CONCATENATION")
        and reader.option(operator, "axis") == 0
        and not reader.option(operator, "fusedActivationFunction")
    )


def _is_all(reader: GraphReader, tensor: int, number: int) -> bool:
    held = reader.constant(tensor)
    return held is not None and bool((held == number).all())


def _first_of(reader: GraphReader, tensor: int, *, others: int) -> int | None:
    """Return the tensor of the first number of a vector whose other numbers are ``others``."""
    vector = reader.maker(tensor, "CONCATENATION")
    if vector is None or not _joins_rows(vector, reader) or len(vector.inputs) != 2:
        return None
    first, rest = map(int, vector.inputs)
    return first if reader.shape(first) == (1,) and _is_all(reader, rest, others) else None


def _follows(reader: GraphReader, following: int, place: int) -> bool:
    """Return whether one number is the other plus 1; both are scalars behind a RESHAPE."""
    shaped = reader.maker(following, "RESHAPE"), reader.maker(place, "RESHAPE")
    if shaped[0] is None or shaped[1] is None:
        return False
    added = reader.maker(shaped[0].inputs[0], "ADD")
    if added is None or reader.option(added, "fusedActivationFunction"):
        return False
    first, second = map(int, added.inputs)
    before = int(shaped[1].inputs[0])
    return (first == before and _is_all(reader, second, 1)) or (
        second == before and _is_all(reader, first, 1)
    )


def _replace(update: _Update, reader: GraphReader, builder: GraphBuilder) -> None:
    join, (_, element, _) = update.join, map(int, update.join.inputs)
    name = builder.graph.tensors[join.outputs[0]].name.decode()
    rank = len(reader.shape(update.rows))
    start = builder.tensor(f"{name}/start", (rank,), "INT32")
    zeros = builder.constant(f"{name}/zeros", np.zeros(rank - 1, np.int32))
    builder.add("CONCATENATION", [update.place, zeros], start, "ConcatenationOptions").axis = 0
    builder.add(
        "DYNAMIC_UPDATE_SLICE",
        [update.rows, element, start],
        int(join.outputs[0]),
        "DynamicUpdateSliceOptions",
    )
    builder.replace(join)
