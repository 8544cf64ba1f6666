"""Makes one ONNX operator of Keras's hard sigmoid, which the export writes as three.

The export writes ``clip(x + 3, 0, 6) / 6`` as Add, Clip and Mul. In int8, each of them would have
its own range, scale and rounding. MobileNetV3 has 27 hard sigmoids, one in every hard swish
(https://onnx.ai/onnx/operators/onnx__HardSigmoid.html).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from satchel_convert.onnx.graphs import drop_unread, reads

SHIFT, SIXTH = 3.0, 1 / 6
CLIPPED = (0.0, 6.0)


def fuse_hard_sigmoids(model: Any) -> None:
    """Replace each Add, Clip and Mul that form a hard sigmoid by one HardSigmoid."""
    from onnx import helper

    graph = model.graph
    constants = _constants(graph)
    made = {name: node for node in graph.node for name in node.output}
    # A value that other nodes also read has to stay.
    readers = Counter(name for node in graph.node for name in reads(node))
    readers.update(value.name for value in graph.output)
    fused: set[str] = set()
    nodes = []
    for node in graph.node:
        if (parts := _parts(node, made, constants)) and all(
            readers[part.output[0]] == 1 for part in parts
        ):
            shifted, clip = parts
            source = _beside(shifted, "Add", SHIFT, constants)
            node = helper.make_node(
                "HardSigmoid", [source], node.output, name=node.name, alpha=SIXTH, beta=0.5
            )
            fused.update((shifted.output[0], clip.output[0]))
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(node for node in nodes if fused.isdisjoint(node.output))
    drop_unread(graph)


def _parts(
    node: Any, made: Mapping[str, Any], constants: Mapping[str, float]
) -> tuple[Any, Any] | None:
    """Return the Add and the Clip before ``node``, if it multiplies by 1/6; else None."""
    clip = made.get(_beside(node, "Mul", SIXTH, constants))
    if clip is None or clip.op_type != "Clip":
        return None
    shifted = made.get(clip.input[0])
    limits = tuple(constants.get(name) for name in clip.input[1:])
    if shifted is None or limits != CLIPPED or not _beside(shifted, "Add", SHIFT, constants):
        return None
    return shifted, clip


def _beside(node: Any, operator: str, constant: float, constants: Mapping[str, float]) -> str:
    """Return the name of the value that ``node`` combines with ``constant``; else an empty name."""
    if node.op_type != operator:
        return ""
    for one, other in (node.input, reversed(node.input)):
        if np.isclose(constants.get(one, np.nan), constant, rtol=1e-6):
            return str(other)
    return ""


def _constants(graph: Any) -> dict[str, float]:
    """Return the single numbers among the constants, by name."""
    from onnx import numpy_helper

    return {
        each.name: float(numpy_helper.to_array(each).reshape(()))
        for each in graph.initializer
        if all(size == 1 for size in each.dims) and each.data_type == each.FLOAT
    }
