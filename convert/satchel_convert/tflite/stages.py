"""Runs a .tflite stage by stage over many samples, so that a layer can be changed between two.

A stage begins at a layer and ends before the next one. Each operator runs once for each sample,
whatever the number of layers: running the whole model again for every layer would take as many
times as long.
"""

import copy
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.sample_inputs import Inputs
from satchel_convert.text_rows import by_name
from satchel_convert.tflite.edge_quantizer import one_by_one
from satchel_convert.tflite.flatbuffer import input_names, write_tree

Values = dict[int, list[NDArray[Any]]]
"""The values of tensors, by their numbers: an array for each sample"""


class Stage(NamedTuple):
    """Operators of the first graph that run together."""

    operators: range
    """Their places in the graph"""
    inputs: tuple[int, ...]
    """The numbers of the computed tensors that they read"""
    outputs: tuple[int, ...]
    """The numbers of the tensors that later stages read, or that are the model's outputs"""


def stages_of(graph: Any, starts: Sequence[int]) -> list[Stage]:
    """Return the stages of a graph that begin at the operators ``starts``, and at the first."""
    bounds = sorted({0, *starts, len(graph.operators)})
    stages = []
    wanted = {int(at) for at in graph.outputs}
    for start, end in reversed([*pairwise(bounds)]):
        written = {int(at) for each in graph.operators[start:end] for at in each.outputs}
        read = {int(at) for each in graph.operators[start:end] for at in each.inputs if at >= 0}
        stages.append((range(start, end), read - written, tuple(sorted(written & wanted))))
        wanted |= read
    computed = {int(at) for each in graph.operators for at in each.outputs}
    computed |= {int(at) for at in graph.inputs}
    return [
        Stage(operators, tuple(sorted(read & computed)), outputs)
        for operators, read, outputs in reversed(stages)
    ]


def first_values(tree: Any, inputs: Inputs) -> Values:
    """Return the values of the inputs of a float model for prepared ``inputs``."""
    names = input_names(tree)
    places = [int(at) for at in tree.subgraphs[0].inputs]
    samples = [[*by_name(sample, names).values()] for sample in one_by_one(inputs)]
    return {place: [each[at] for each in samples] for at, place in enumerate(places)}


def run_stage(tree: Any, stage: Stage, values: Values) -> Values:
    """Return the values of a stage's outputs, from those of its inputs in ``values``."""
    from ai_edge_litert.interpreter import Interpreter

    if not stage.outputs:
        return {}
    interpreter = Interpreter(model_content=write_tree(_part(tree, stage)), num_threads=1)
    entries = [each["index"] for each in interpreter.get_input_details()]
    given = [values[at] for at in stage.inputs]
    for entry, tensors in zip(entries, given, strict=True):
        # Files note a shape of 1 where the batch was free, also where it is not 1 inside.
        interpreter.resize_tensor_input(entry, tensors[0].shape)
    interpreter.allocate_tensors()
    places = [each["index"] for each in interpreter.get_output_details()]
    found: Values = {at: [] for at in stage.outputs}
    for sample in zip(*given, strict=True):
        for entry, tensor in zip(entries, sample, strict=True):
            interpreter.set_tensor(entry, tensor)
        # Or a recurrent layer would go on from the sample before.
        interpreter.reset_all_variables()
        interpreter.invoke()
        for at, place in zip(stage.outputs, places, strict=True):
            found[at].append(interpreter.get_tensor(place))
    return found


def _part(tree: Any, stage: Stage) -> Any:
    """Return a model of the operators of a stage, which shares the objects of ``tree``."""
    graph = copy.copy(tree.subgraphs[0])
    graph.operators = [graph.operators[at] for at in stage.operators]
    graph.inputs = np.array(stage.inputs, np.int32)
    graph.outputs = np.array(stage.outputs, np.int32)
    part = copy.copy(tree)
    part.subgraphs = [graph, *tree.subgraphs[1:]]
    part.signatureDefs = part.metadata = None
    read = {int(at) for each in graph.operators for at in each.inputs if at >= 0}
    held = {graph.tensors[at].buffer for at in read}
    held |= {tensor.buffer for other in tree.subgraphs[1:] for tensor in other.tensors}
    part.buffers = [
        buffer if number in held else _without_data(buffer)
        for number, buffer in enumerate(tree.buffers)
    ]
    return part


def _without_data(buffer: Any) -> Any:
    empty = copy.copy(buffer)
    empty.data = None
    return empty
