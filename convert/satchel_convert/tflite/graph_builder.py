"""Adds tensors and operators to a graph of a parsed .tflite file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.tflite.flatbuffer import add_buffer


class GraphBuilder:
    """Adds tensors to a graph of a tree, and makes operators, which ``operators`` collects."""

    def __init__(self, tree: Any, graph: Any) -> None:
        self.tree = tree
        self.graph = graph
        self.operators: list[Any] = []

    def tensor(self, name: str, shape: Sequence[int], dtype: str, buffer: int = 0) -> int:
        """Return the number of a new tensor; buffer 0 is the one without content."""
        from ai_edge_litert import schema_py_generated as schema

        tensor = schema.TensorT()
        tensor.name = name.encode()
        tensor.shape = np.array(shape, np.int32)
        tensor.type = getattr(schema.TensorType, dtype)
        tensor.buffer = buffer
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def constant(self, name: str, values: NDArray[Any]) -> int:
        """Return the number of a new constant tensor."""
        data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        dtype = {"float32": "FLOAT32", "int32": "INT32"}[values.dtype.name]
        return self.tensor(name, values.shape, dtype, add_buffer(self.tree, data))

    def add(self, operator: str, inputs: Sequence[int], output: int, options: str = "") -> Any:
        """Add an operator; return its options, with the schema's defaults."""
        from ai_edge_litert import schema_py_generated as schema

        made = schema.OperatorT()
        made.opcodeIndex = self._code(getattr(schema.BuiltinOperator, operator))
        made.inputs = np.array(inputs, np.int32)
        made.outputs = np.array([output], np.int32)
        if options:
            made.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            made.builtinOptions = getattr(schema, f"{options}T")()
        self.operators.append(made)
        return made.builtinOptions

    def place_before(self, operator: Any) -> None:
        """Put the operators that were made into the graph, before one of it."""
        at = next(at for at, each in enumerate(self.graph.operators) if each is operator)
        self.graph.operators[at:at] = self.operators
        self.operators = []

    def replace(self, operator: Any) -> None:
        """Put the operators that were made in the place of one of the graph."""
        self.place_before(operator)
        self.graph.operators.remove(operator)

    def _code(self, builtin: int) -> int:
        from ai_edge_litert import schema_py_generated as schema

        for at, each in enumerate(self.tree.operatorCodes):
            if max(each.builtinCode, each.deprecatedBuiltinCode) == builtin and each.version == 1:
                return at
        code = schema.OperatorCodeT()
        code.builtinCode = builtin
        code.deprecatedBuiltinCode = min(builtin, 127)
        code.version = 1
        self.tree.operatorCodes.append(code)
        return len(self.tree.operatorCodes) - 1
