"""The tensors inside of a .tflite while it runs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.device import usable_cores
from satchel_convert.explanation.network import read_network
from satchel_convert.sample_inputs import Inputs
from satchel_convert.tflite.flatbuffer import read_tree, write_tree


def run_tensors(
    content: bytes, inputs: Inputs, tensors: Sequence[int]
) -> Iterator[list[NDArray[np.float32]]]:
    """Yield for each of ``inputs`` the values of ``tensors``, which are of the first graph.

    Levels come as the real numbers they stand for, float32 (1, ...). ``inputs`` are as ``prepare``
    returns them: pixels may be real numbers too, beyond 0 to 255.
    """
    from ai_edge_litert.interpreter import Interpreter

    tree = read_tree(content)
    # Outputs are computed and kept by every delegate; what lies between them need not be.
    tree.subgraphs[0].outputs = list(tensors)
    tree.signatureDefs = None
    interpreter = Interpreter(model_content=write_tree(tree), num_threads=usable_cores())
    interpreter.allocate_tensors()
    network = read_network(content)
    steps = [network.steps(tensor) for tensor in tensors]
    (taken,) = interpreter.get_input_details()
    places = [each["index"] for each in interpreter.get_output_details()]
    for position in range(len(inputs)):
        sample: NDArray[Any] = inputs[position : position + 1].astype(taken["dtype"])
        interpreter.set_tensor(taken["index"], sample)
        interpreter.invoke()
        yield [
            _real(interpreter.get_tensor(place), each)
            for place, each in zip(places, steps, strict=True)
        ]


def _real(values: NDArray[Any], steps: Any) -> NDArray[np.float32]:
    real: NDArray[np.float32] = values if steps is None else steps.dequantize(values)
    return real
