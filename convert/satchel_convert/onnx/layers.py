"""Finds the layers of a float32 ONNX model, and runs a model on calibration samples."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.mixed_precision import Layer
from satchel_convert.onnx.graphs import input_names
from satchel_convert.sample_inputs import Inputs, as_floats
from satchel_convert.text_rows import by_name

WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul", "Gather")
"""The operators that can have weights; each one with weights is a layer"""


def layers_of(graph: Any, operators: Collection[str] = WEIGHTED) -> list[Layer]:
    """Return the layers of an onnx.GraphProto, in order: its ``operators`` with weights."""
    sizes = {each.name: int(np.prod(each.dims)) for each in graph.initializer}
    layers = []
    for node in graph.node:
        held = max((sizes.get(name, 0) for name in node.input), default=0)
        if node.op_type in operators and held:
            layers.append(Layer((node.name,), held))
    return layers


def run_floats(model: bytes, samples: Inputs) -> NDArray[np.float32]:
    """Return the outputs of an ONNX model for prepared samples; raises EngineError."""
    from satchel.engines import open_engine

    engine = open_engine("onnx", model, threads=1)
    names = input_names(model)
    fed = (by_name(as_floats(sample[np.newaxis]), names) for sample in samples)
    return np.stack([engine.run(*each.values())[0] for each in fed])
