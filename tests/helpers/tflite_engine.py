"""Runs a .tflite in LiteRT, and counts what XNNPACK takes of it."""

from typing import NamedTuple

import numpy as np


class Partition(NamedTuple):
    """How LiteRT shares a graph between XNNPACK and its own kernels."""

    delegates: int
    """The parts of the graph that XNNPACK runs"""
    outside: tuple[str, ...]
    """The operators that LiteRT's own kernels run, sorted by name"""


def open_interpreter(model):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


def outputs(model, *inputs):
    """Return the first output for each of ``inputs``, which are an array or several."""
    interpreter = open_interpreter(model)
    found = []
    for each in inputs:
        arrays = each if isinstance(each, tuple) else (each,)
        for details, array in zip(interpreter.get_input_details(), arrays, strict=True):
            interpreter.set_tensor(details["index"], array)
        interpreter.invoke()
        found.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    return np.stack(found)


def partition(model):
    """Return how LiteRT runs the graph, from its outputs back to its inputs."""
    interpreter = open_interpreter(model)
    # A delegate stands behind all operators, those that it runs too, and makes their outputs.
    makers = {}
    for operator in interpreter._get_ops_details():
        makers.update(dict.fromkeys(map(int, operator["outputs"]), operator))
    wanted = [each["index"] for each in interpreter.get_output_details()]
    run = {}
    while wanted:
        operator = makers.get(int(wanted.pop()))
        if operator is not None and operator["index"] not in run:
            run[operator["index"]] = operator["op_name"]
            wanted.extend(operator["inputs"])
    names = sorted(run.values())
    return Partition(names.count("DELEGATE"), tuple(each for each in names if each != "DELEGATE"))
