"""Reads the tensors inside a .tflite while it runs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.device import usable_cores
from satchel_convert.explanation.network import read_network
from satchel_convert.sample_inputs import Inputs
from satchel_convert.text_rows import by_name
from satchel_convert.tflite.flatbuffer import input_names, read_tree, write_tree


def run_tensors(
    content: bytes, inputs: Inputs, tensors: Sequence[int]
) -> Iterator[list[NDArray[np.float32]]]:
    """Yield for each input the values of ``tensors`` of the first graph, float32 (1, ...).

    Quantized levels are returned as real numbers. ``inputs`` are as ``Subject`` holds them, but
    pixels may also be real numbers below 0 or above 255.
    """
    from ai_edge_litert.interpreter import Interpreter

    tree = read_tree(content)
    names = input_names(tree)
    # Every delegate computes and keeps the outputs, but not always the tensors between them.
    tree.subgraphs[0].outputs = list(tensors)
    tree.signatureDefs = None
    interpreter = Interpreter(model_content=write_tree(tree), num_threads=usable_cores())
    interpreter.allocate_tensors()
    network = read_network(content)
    steps = [network.steps(tensor) for tensor in tensors]
    entries = interpreter.get_input_details()
    places = [each["index"] for each in interpreter.get_output_details()]
    for position in range(len(inputs)):
        sample = by_name(inputs[position : position + 1], names)
        for entry, tensor in zip(entries, sample.values(), strict=True):
            interpreter.set_tensor(entry["index"], tensor.astype(entry["dtype"]))
        interpreter.invoke()
        yield [
            _real(interpreter.get_tensor(place), each)
            for place, each in zip(places, steps, strict=True)
        ]


def _real(values: NDArray[Any], steps: Any) -> NDArray[np.float32]:
    real: NDArray[np.float32] = values if steps is None else steps.dequantize(values)
    return real
