"""A graph of TensorFlow that reads strings, with its variables as constants, to be cut in two."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBERS = ("int32", "int64", "float32")


class Graph:
    """The inlined graph of a SavedModel's signature, which reads strings and has one output.

    ``loaded`` is the SavedModel, whose variables live as long as it does.
    """

    def __init__(self, loaded: Any, name: str) -> None:
        import tensorflow as tf
        from tensorflow.python.framework.convert_to_constants import (
            convert_variables_to_constants_v2,
        )

        self.loaded = loaded
        self.signature = signature = loaded.signatures[name]
        frozen = convert_variables_to_constants_v2(signature, lower_control_flow=False)
        definition = frozen.graph.as_graph_def()
        for node in definition.node:
            # Without them, the part behind the ids does not wait for the table.
            kept = [each for each in node.input if not each.startswith("^")]
            node.ClearField("input")
            node.input.extend(kept)
        self._function = tf.compat.v1.wrap_function(
            lambda: tf.compat.v1.import_graph_def(definition, name=""), []
        )
        find = self._function.graph.get_tensor_by_name
        inputs = [find(each.name) for each in frozen.inputs]
        [self.strings] = [each for each in inputs if each.dtype == tf.string]
        captured = {inner.name: outer for outer, inner in signature.graph.captures}
        self._tables = [each for each in inputs if each is not self.strings]
        self._handles = [captured[each.name] for each in self._tables]
        [self.output] = [find(each.name) for each in frozen.outputs]

    def readers(self, tensor: Any) -> list[Any]:
        """Return the operators that read a tensor and lead to the output."""
        return [each for each in tensor.consumers() if self.output.op in _behind([each])]

    def next_of(self, operator: Any, kind: str) -> Any:
        """Return the first operator of a kind behind another; None if there is none."""
        return next((each for each in _behind([operator]) if each.type == kind), None)

    def table(self, lookup: Any) -> Mapping[str, int]:
        """Return the keys and values of the table in which an operator looks up."""
        import tensorflow as tf

        tensor = lookup.inputs[0]
        while tensor.op.type == "Identity":
            tensor = tensor.op.inputs[0]
        at = next(at for at, each in enumerate(self._tables) if each is tensor)
        keys, values = tf.raw_ops.LookupTableExportV2(
            table_handle=self._handles[at], Tkeys=tf.string, Tvalues=lookup.get_attr("Tout")
        )
        return {
            key.decode(): int(value)
            for key, value in zip(keys.numpy(), values.numpy(), strict=True)
        }

    def to(self, tensors: Sequence[Any]) -> Any:
        """Return a function from strings, of the shape of the input, to tensors."""
        pruned = self._function.prune([self.strings, *self._tables], list(tensors))
        return lambda strings: pruned(strings, *self._handles)

    def compute(self, tensors: Sequence[Any], text: str) -> list[NDArray[Any]]:
        """Return the values of tensors for one text."""
        from satchel_convert.keras_models.string_input import strings_of

        strings = strings_of([text], self.strings.shape.rank)
        return [np.asarray(each) for each in self.to(tensors)(strings)]

    def behind(self, tensor: Any) -> Any:
        """Return the function from a tensor to the output."""
        return self._function.prune([tensor], [self.output])


def dominators(graph: Graph, start: Any) -> list[Any]:
    """Return the tensors of numbers behind the operator ``start`` on which all of the output rests.

    They are in the order in which they are computed.
    """
    found = []
    for operator in _behind([start]):
        numbers = [each for each in operator.outputs if each.dtype.name in _NUMBERS]
        if len(operator.outputs) != 1 or not numbers:
            continue
        without = _behind(graph.strings.consumers(), blocked=operator)
        if graph.output.op not in without:
            found.append(numbers[0])
    return found


def _behind(operators: Iterable[Any], blocked: Any = None) -> dict[Any, None]:
    """Return operators and all that read them, near ones first; none behind ``blocked``."""
    seen: dict[Any, None] = {}
    waiting = list(operators)
    for operator in waiting:
        if operator is blocked or operator in seen:
            continue
        seen[operator] = None
        waiting += [each for tensor in operator.outputs for each in tensor.consumers()]
    return seen
