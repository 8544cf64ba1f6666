"""A graph of TensorFlow that reads strings, with its variables as constants, to be cut in two."""

from collections.abc import Mapping, Sequence
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
        used = _before(self.output.op)
        # TensorFlow lists an operator behind those that it reads.
        self.operators = [each for each in self._function.graph.get_operations() if each in used]
        self._places = {operator: place for place, operator in enumerate(self.operators)}

    def readers(self, tensor: Any) -> list[Any]:
        """Return the operators that read a tensor and lead to the output."""
        return [each for each in tensor.consumers() if each in self._places]

    def next_of(self, operator: Any, kind: str) -> Any:
        """Return the first operator of a kind behind another; None if there is none."""
        behind = self.operators[self._places[operator] :]
        return next((each for each in behind if each.type == kind), None)

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

    def compute(self, tensors: Sequence[Any], texts: Sequence[str]) -> list[list[NDArray[Any]]]:
        """Return the values of tensors for each text alone."""
        from satchel_convert.keras_models.string_input import strings_of

        run, rank = self.to(tensors), self.strings.shape.rank
        return [[np.asarray(each) for each in run(strings_of([text], rank))] for text in texts]

    def behind(self, tensor: Any) -> Any:
        """Return the function from a tensor to the output."""
        return self._function.prune([tensor], [self.output])

    def dominators(self, start: Any) -> list[Any]:
        """Return the tensors of numbers behind an operator through which all of the strings go.

        They are in the order in which they are computed.
        """
        reached = dict.fromkeys(self.readers(self.strings))
        # The last operator to which anything before the present one leads.
        furthest = max(map(self._places.__getitem__, reached))
        found = []
        for place, operator in enumerate(self.operators):
            if operator not in reached:
                continue
            alone = place >= furthest and place > self._places[start]
            if alone and len(operator.outputs) == 1:
                found += [each for each in operator.outputs if each.dtype.name in _NUMBERS]
            for tensor in operator.outputs:
                for reader in self.readers(tensor):
                    reached[reader] = None
                    furthest = max(furthest, self._places[reader])
        return found


def _before(operator: Any) -> dict[Any, None]:
    """Return an operator and all that it needs."""
    found: dict[Any, None] = {}
    waiting = [operator]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = None
            waiting += [tensor.op for tensor in each.inputs]
    return found
