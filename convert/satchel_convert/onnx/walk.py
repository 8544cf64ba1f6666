"""Runs an ONNX model from layer to layer, for all calibration samples at once.

What later operators read is held, so each operator runs once for each sample. Where it is too much
to hold, as in the first layers of a network for photographs, they run again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.onnx.graphs import fed_values, reads
from satchel_convert.sample_inputs import Inputs, as_floats
from satchel_convert.text_rows import by_name

HELD_BYTES = 2**27
"""The most that is held of all samples of a model. There are two of both while one step is made."""


class Walk:
    """A model whose weights may change behind the values that were computed."""

    def __init__(self, model: Any, samples: Inputs) -> None:
        graph = model.graph
        self._model = model
        self._waiting = list(graph.node)
        self._constants = {each.name: each for each in graph.initializer}
        self._outputs = {each.name for each in graph.output}
        names = [each.name for each in fed_values(graph)]
        self._held = [by_name(as_floats(sample[np.newaxis]), names) for sample in samples]

    def __len__(self) -> int:
        return len(self._held)

    def values(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the value ``name`` of each sample, after all operators that make it."""
        if name in self._held[0]:
            yield from (each[name] for each in self._held)
            return
        segment = self._segment(name)
        later = [node for node in self._waiting if id(node) not in segment]
        read = self._outputs.union(*map(reads, later))
        nodes = [node for node in self._waiting if id(node) in segment]
        made = {output for node in nodes for output in node.output if output}
        wanted = [name, *sorted(made & read - {name})]
        session = self._session(nodes, wanted)
        fed = {each.name for each in session.get_inputs()}
        found: list[dict[str, NDArray[Any]]] | None = []
        for held in self._held:
            values = session.run(wanted, {key: held[key] for key in fed})
            made_here = dict(zip(wanted, values, strict=True))
            if found is not None:
                kept = {key: value for key, value in {**held, **made_here}.items() if key in read}
                found.append(kept)
                if _size(kept) * len(self._held) > HELD_BYTES:
                    found = None
            yield made_here[name]
        if found is not None:
            self._held, self._waiting = found, later

    def change(self, name: str, values: NDArray[np.float32]) -> None:
        """Give a constant other values of the same shape."""
        from onnx import numpy_helper

        self._constants[name].CopyFrom(numpy_helper.from_array(values, name))

    def _segment(self, name: str) -> set[int]:
        """Return the identities of the nodes that make ``name`` from what is held."""
        makers = {output: node for node in self._waiting for output in node.output}
        found: set[int] = set()
        wanted = [name]
        while wanted:
            each = wanted.pop()
            node = makers.get(each)
            if node is None or each in self._held[0] or id(node) in found:
                continue
            found.add(id(node))
            wanted += reads(node)
        return found

    def _session(self, nodes: list[Any], wanted: list[str]) -> Any:
        """Return a session that makes ``wanted`` by ``nodes``."""
        import onnxruntime
        from onnx import helper

        read = set().union(*map(reads, nodes))
        inputs = [
            helper.make_tensor_value_info(
                key, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for key, value in self._held[0].items()
            if key in read
        ]
        outputs = [helper.make_empty_tensor_value_info(each) for each in wanted]
        constants = [each for key, each in self._constants.items() if key in read]
        graph = helper.make_graph(nodes, "segment", inputs, outputs, constants)
        model = helper.make_model(
            graph, opset_imports=self._model.opset_import, ir_version=self._model.ir_version
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )


def _size(values: Mapping[str, Any]) -> float:
    """Return the bytes of a sample's values; infinity if one is a sequence, which is not held."""
    arrays = all(isinstance(value, np.ndarray) for value in values.values())
    return sum(value.nbytes for value in values.values()) if arrays else np.inf
