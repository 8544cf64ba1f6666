"""Writes the complement of the error function by the error function, which ONNX has alone.

TensorFlow computes an exact GELU by Erfc, and tf2onnx exports it under that name.
"""

from typing import Any

import numpy as np


def replace_complements(model: Any) -> None:
    """Replace each Erfc by 1 - Erf, in the main graph."""
    from onnx import helper, numpy_helper

    graph = model.graph
    nodes = []
    for node in graph.node:
        if node.op_type != "Erfc" or node.domain not in ("", "ai.onnx"):
            nodes.append(node)
            continue
        one, error = f"{node.output[0]}/one", f"{node.output[0]}/erf"
        graph.initializer.append(numpy_helper.from_array(np.array(1, np.float32), one))
        nodes.append(helper.make_node("Erf", node.input, [error]))
        nodes.append(helper.make_node("Sub", [one, error], node.output, node.name))
    del graph.node[:]
    graph.node.extend(nodes)
