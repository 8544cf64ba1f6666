"""Masks the scores of attention by a sum, which XNNPACK computes, and not by choosing twice.

Keras chooses for each pair of words between its score and a very low number, and behind the
softmax between its share and 0, with a SELECT_V2 each. XNNPACK has no such operator, so the engine
copies matrices of all words by all words between its own kernels and those of XNNPACK.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.masked_scores import LOW, LOWEST
from satchel_convert.tflite.graph_builder import GraphBuilder
from satchel_convert.tflite.graph_reader import GraphReader


class _Masked(NamedTuple):
    choice: Any
    """The SELECT_V2 between scores and a very low number"""
    softmax: Any
    """The SOFTMAX, which alone reads it"""
    scores_at: int
    """Which input of ``choice`` are the scores, 1 or 2"""
    mask: int
    """The tensor of the mask"""
    again: Any | None
    """The SELECT_V2 by the same mask between the shares and 0, or None"""


def add_masks(tree: Any) -> None:
    """Add 0 or a very low number to scores in float32, and mask shares by a product.

    A mask that does not choose between scores and a very low number before a softmax, or that is as
    large as the scores and does not mask the shares too, does not change.
    """
    for graph in tree.subgraphs:
        masks = _Masks(GraphBuilder(tree, graph))
        while found := _find(reader := GraphReader(tree, graph), graph):
            if found.again is not None:
                _mask_shares(found, found.again, reader, masks)
            _add(found, reader, masks)


def _find(reader: GraphReader, graph: Any) -> _Masked | None:
    for choice in graph.operators:
        if not reader.is_a(choice, "SELECT_V2"):
            continue
        softmax = reader.only_reader(choice.outputs[0], "SOFTMAX")
        if softmax is None or not reader.is_float(*choice.inputs[1:], *softmax.outputs):
            continue
        for scores_at in (1, 2):
            low = _number(reader, choice.inputs[3 - scores_at])
            scores = choice.inputs[scores_at]
            if low is None or low > LOW or reader.shape(scores) != reader.shape(softmax.inputs[0]):
                continue
            mask = _without_true(reader, int(choice.inputs[0]))
            again = _second_choice(reader, choice, softmax) if scores_at == 1 else None
            if reader.size(mask) < reader.size(scores) or again is not None:
                return _Masked(choice, softmax, scores_at, mask, again)
    return None


def _number(reader: GraphReader, tensor: int) -> float | None:
    """Return the one number that a constant tensor holds, or None."""
    held = reader.constant(tensor)
    return None if held is None or held.size != 1 else float(held.ravel()[0])


def _without_true(reader: GraphReader, mask: int) -> int:
    """Return the mask from before it was joined with a constant that is true everywhere."""
    joined = reader.maker(mask, "LOGICAL_AND")
    if joined is not None:
        for at in (0, 1):
            held = reader.constant(joined.inputs[at])
            if held is not None and held.all():
                return int(joined.inputs[1 - at])
    return mask


def _second_choice(reader: GraphReader, choice: Any, softmax: Any) -> Any | None:
    """Return the SELECT_V2 that alone reads the shares and puts 0 in place of the masked."""
    shares = softmax.outputs[0]
    again = reader.only_reader(shares, "SELECT_V2")
    if again is None or list(again.inputs[:2]) != [choice.inputs[0], shares]:
        return None
    alike = reader.shape(again.outputs[0]) == reader.shape(shares)
    return again if alike and _number(reader, again.inputs[2]) == 0.0 else None


class _Masks:
    """The floats that are made from each mask, once for all layers that share it.

    The first layer that asks for them is the first of the graph, so they stand before all others.
    """

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder
        self._made: dict[tuple[Any, ...], int] = {}

    def addend(self, mask: int, low: float, *, scores_at: int) -> int:
        """Return a tensor of 0 where the mask keeps a score and of a very low number elsewhere."""
        key = (mask, low, scores_at)
        if key not in self._made:
            numbers = [
                self.builder.constant(f"{self.name(mask)}/{part}", np.array(number, np.float32))
                for part, number in (("kept", 0.0), ("masked", low))
            ]
            self._made[key] = made = self._tensor(mask, "addend", self._shape(mask))
            self.builder.add(
                "SELECT_V2",
                [mask, *(numbers if scores_at == 1 else reversed(numbers))],
                made,
                "SelectV2Options",
            )
        return self._made[key]

    def factor(self, mask: int) -> int:
        """Return a tensor of 1 where the mask is true, and of 0 elsewhere."""
        from ai_edge_litert import schema_py_generated as schema

        if (mask,) not in self._made:
            self._made[mask,] = made = self._tensor(mask, "factor", self._shape(mask))
            options = self.builder.add("CAST", [mask], made, "CastOptions")
            options.inDataType = schema.TensorType.BOOL
            options.outDataType = schema.TensorType.FLOAT32
        return self._made[mask,]

    def column(self, mask: int) -> int:
        """Return ``factor`` of a mask of one row, as a column."""
        if (mask, "column") not in self._made:
            row = self.factor(mask)
            sides = np.array(_column(self._shape(mask)), np.int32)
            self._made[mask, "column"] = made = self._tensor(mask, "column", sides)
            shape = self.builder.constant(f"{self.name(mask)}/sides", sides)
            self.builder.add("RESHAPE", [row, shape], made, "ReshapeOptions").newShape = sides
        return self._made[mask, "column"]

    def name(self, tensor: int) -> str:
        """Return the name of a tensor."""
        return str(self.builder.graph.tensors[tensor].name.decode())

    def _tensor(self, mask: int, part: str, shape: Sequence[int] | NDArray[np.int32]) -> int:
        return self.builder.tensor(f"{self.name(mask)}/{part}", [*shape], "FLOAT32")

    def _shape(self, tensor: int) -> tuple[int, ...]:
        return tuple(map(int, self.builder.graph.tensors[tensor].shape))


def _column(shape: Sequence[int]) -> tuple[int, ...]:
    return (*shape[:-2], shape[-1], 1)


def _add(found: _Masked, reader: GraphReader, masks: _Masks) -> None:
    """Put an ADD in the place of the first choice."""
    choice, builder = found.choice, masks.builder
    low = _number(reader, choice.inputs[3 - found.scores_at])
    assert low is not None, "_find says so"
    # Minus infinity stays what it is: all masked, its shares are NaN. The second choice hid those,
    # and a product would not.
    low = LOWEST if found.again is not None else min(low, LOWEST)
    addend = masks.addend(found.mask, low, scores_at=found.scores_at)
    scores, made = int(choice.inputs[found.scores_at]), int(choice.outputs[0])
    builder.add("ADD", [scores, addend], made, "AddOptions")
    builder.replace(choice)


def _mask_shares(found: _Masked, again: Any, reader: GraphReader, masks: _Masks) -> None:
    """Put a product in the place of the second choice: of the values, or else of the shares.

    The share of a masked word is 0 already, unless all words are masked. What is masked for all
    that look at it can be masked in the values: those are fewer than the shares.
    """
    builder, mask = masks.builder, found.mask
    shares, made = int(again.inputs[1]), int(again.outputs[0])
    product = _product_with_values(again, mask, reader)
    by_column = product is not None and not reader.option(product, "adjY")
    part = masks.column(mask) if by_column else masks.factor(mask)
    # Here, and not where it is read: a layer beside this one may read it earlier.
    builder.place_before(found.choice)
    if product is None:
        builder.add("MUL", [shares, part], made, "MulOptions")
        builder.replace(again)
        return
    values = int(product.inputs[1])
    kept = builder.tensor(f"{masks.name(values)}/kept", reader.shape(values), "FLOAT32")
    builder.add("MUL", [values, part], kept, "MulOptions")
    builder.place_before(product)
    product.inputs = np.array([shares, kept], np.int32)
    builder.graph.operators.remove(again)


def _product_with_values(again: Any, mask: int, reader: GraphReader) -> Any | None:
    """Return the BATCH_MATMUL of the shares and values that the mask can be multiplied with."""
    row, shares = reader.shape(mask), again.outputs[0]
    product = reader.only_reader(shares, "BATCH_MATMUL")
    if product is None or product.inputs[0] != shares or reader.option(product, "adjX"):
        return None
    if not row or row[-2:-1] not in ((), (1,)):
        # The mask is one for all words, or another for each word that looks.
        return None
    values = product.inputs[1]
    part = row if reader.option(product, "adjY") else _column(row)
    is_smaller = reader.size(values) < reader.size(shares)
    if is_smaller and reader.is_float(values) and _fits(part, reader.shape(values)):
        return product
    return None


def _fits(part: Sequence[int], whole: Sequence[int]) -> bool:
    """Return whether a tensor can be multiplied with one of the sides ``whole``, which it keeps."""
    return len(part) <= len(whole) and all(
        own in (1, other) for own, other in zip(reversed(part), reversed(whole), strict=False)
    )
