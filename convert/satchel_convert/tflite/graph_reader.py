"""Says what makes and what reads each tensor of a graph of a parsed .tflite file."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.tflite.flatbuffer import builtin_code


class GraphReader:
    """The operators around each tensor of a graph, as they were when this was made."""

    def __init__(self, tree: Any, graph: Any) -> None:
        self._tree, self._graph = tree, graph
        self._makers = {int(at): each for each in graph.operators for at in each.outputs}
        self._readers = defaultdict[int, list[Any]](list)
        for each in graph.operators:
            for at in each.inputs:
                self._readers[int(at)].append(each)
        self._results = {int(at) for at in graph.outputs}

    def is_a(self, operator: Any, name: str) -> bool:
        """Return whether an operator is the one that the schema calls ``name``."""
        from ai_edge_litert import schema_py_generated as schema

        return bool(builtin_code(self._tree, operator) == getattr(schema.BuiltinOperator, name))

    def option(self, operator: Any, name: str) -> Any:
        """Return an option of an operator; what a file leaves out is 0 or false."""
        return getattr(operator.builtinOptions, name, 0)

    def maker(self, tensor: int, name: str) -> Any | None:
        """Return the operator that makes a tensor, or None if it is not the one called ``name``."""
        found = self._makers.get(int(tensor))
        return found if found is not None and self.is_a(found, name) else None

    def readers(self, tensor: int, name: str) -> Sequence[Any]:
        """Return the operators called ``name`` that read a tensor."""
        return [each for each in self._readers[int(tensor)] if self.is_a(each, name)]

    def is_read(self, tensor: int) -> bool:
        """Return whether an operator reads a tensor, or the graph puts it out."""
        return bool(self._readers[int(tensor)]) or int(tensor) in self._results

    def is_read_once(self, tensor: int) -> bool:
        """Return whether one operator reads a tensor, once, and the graph does not put it out."""
        return len(self._readers[int(tensor)]) == 1 and int(tensor) not in self._results

    def only_reader(self, tensor: int, name: str) -> Any | None:
        """Return the operator called ``name`` that alone reads a tensor, or None."""
        found = self.readers(tensor, name)
        return found[0] if found and self.is_read_once(tensor) else None

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Return the sides of a tensor."""
        sides = self._graph.tensors[int(tensor)].shape
        return () if sides is None else tuple(map(int, sides))

    def size(self, tensor: int) -> int:
        """Return the number of elements of a tensor."""
        return prod(self.shape(tensor))

    def is_float(self, *tensors: int) -> bool:
        """Return whether all tensors are float32."""
        return self._types(tensors) == {"FLOAT32"}

    def is_int8(self, *tensors: int) -> bool:
        """Return whether all tensors are int8."""
        return self._types(tensors) == {"INT8"}

    def have_one_scale(self, *tensors: int) -> bool:
        """Return whether all tensors have the same scale and zero point, one of each."""
        found = [self._graph.tensors[int(at)].quantization for at in tensors]
        if any(each is None or each.scale is None or len(each.scale) != 1 for each in found):
            return False
        return len({(float(each.scale[0]), int(each.zeroPoint[0])) for each in found}) == 1

    def _types(self, tensors: Iterable[int]) -> set[str]:
        from ai_edge_litert import schema_py_generated as schema

        names = {code: name for name, code in vars(schema.TensorType).items() if name.isupper()}
        return {names[self._graph.tensors[int(at)].type] for at in tensors}

    def constant(self, tensor: int) -> NDArray[Any] | None:
        """Return the content of a constant of float32, int32 or bool, None of other tensors.

        A constant that the file stores in float16 counts, behind the DEQUANTIZE that reads it.
        """
        stored = self.maker(tensor, "DEQUANTIZE")
        if stored is not None:
            held = self._content(stored.inputs[0])
            return None if held is None or held.dtype != np.float16 else held.astype(np.float32)
        held = self._content(tensor)
        return None if held is None or held.dtype == np.float16 else held

    def _content(self, tensor: int) -> NDArray[Any] | None:
        from ai_edge_litert import schema_py_generated as schema

        types = {
            schema.TensorType.FLOAT32: np.float32,
            schema.TensorType.FLOAT16: np.float16,
            schema.TensorType.INT32: np.int32,
            schema.TensorType.BOOL: np.bool_,
        }
        found = self._graph.tensors[int(tensor)]
        data = self._tree.buffers[found.buffer].data
        if data is None or not len(data) or found.type not in types:
            return None
        return np.asarray(data, np.uint8).view(types[found.type]).reshape(self.shape(tensor))
