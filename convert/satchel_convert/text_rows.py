"""Matches the inputs of a text model, by their names, with the rows of a prepared text.

A model of several inputs, such as BERT, reads ids, a mask and segments. A prepared text has a row
for each of them, int32 (n, tensors, length), in the order of its card. A file may have its inputs
in any order, and names them as its framework does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from satchel.bundle import TextTensor
from satchel_convert.errors import ConversionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rows: TypeAlias = tuple[int, ...]
"""The row of a prepared text that each input of a file reads; empty for a model of one input"""

TENSORS: tuple[TextTensor, ...] = get_args(TextTensor)
"""The tensors in the order in which converted files and calibration samples have them"""
FILE_NAMES: Mapping[TextTensor, str] = {"ids": "ids", "mask": "mask", "segments": "segment_ids"}
"""The names of the inputs of converted files, which are those that MediaPipe looks for"""
_NAMES: Mapping[TextTensor, frozenset[str]] = {
    "ids": frozenset({"ids", "input_ids", "input_word_ids", "token_ids"}),
    "mask": frozenset({"attention_mask", "input_mask", "mask", "padding_mask"}),
    "segments": frozenset({"input_type_ids", "segment_ids", "segments", "token_type_ids"}),
}
"""The names in use: of Hugging Face, TensorFlow's model garden, KerasHub and MediaPipe"""
_AROUND = re.compile(r"^(?:serving_default_)?(.*?)(?::\d+)?$", re.DOTALL)
"""A name, and what TensorFlow writes around it"""


def tensors_named(names: Sequence[str]) -> tuple[TextTensor, ...]:
    """Return what the inputs of a text model with these names hold, in the order of TENSORS.

    It is empty if the names do not say it, and for a model of one input.

    >>> tensors_named(["serving_default_attention_mask:0", "serving_default_input_ids:0"])
    ('ids', 'mask')
    """
    found = [_tensor_named(name) for name in names]
    if len(found) < 2 or "ids" not in found or None in found or len({*found}) < len(found):
        return ()
    return tuple(each for each in TENSORS if each in found)


def rows_of(names: Sequence[str], tensors: Sequence[TextTensor]) -> Rows:
    """Return the row of a text of ``tensors`` that each input with these names reads.

    Raises ConversionError for names that do not fit the tensors.
    """
    if max(len(names), len(tensors)) < 2:
        return ()
    if len(names) != len(tensors) or {*tensors_named(names)} != {*tensors}:
        expected = ", ".join(tensors) or "one input"
        raise ConversionError(
            f"Expected {expected} of its card as input, got {', '.join(names)}: {naming_hint()}."
        )
    order = list(tensors)
    return tuple(order.index(tensor) for name in names if (tensor := _tensor_named(name)))


def naming_hint() -> str:
    """Return how a text model names its inputs, in words."""
    return "name ids input_ids, a mask attention_mask, and segments token_type_ids"


def split(prepared: NDArray[Any], rows: Rows) -> list[NDArray[Any]]:
    """Return the tensor of each input, (n, length), of prepared texts; another input as it is."""
    return [prepared[:, row] for row in rows] if rows else [prepared]


def by_name(prepared: NDArray[Any], names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the tensor of each input by its name; ``prepared`` has the rows of ``in_file_order``.

    The names keep their order. Raises ConversionError for several names that say nothing.
    """
    rows = rows_of(names, tensors_named(names))
    return dict(zip(names, split(prepared, rows), strict=True))


def in_file_order(prepared: NDArray[Any], tensors: Sequence[TextTensor]) -> NDArray[Any]:
    """Return prepared texts of a card with ``tensors``, (n, tensors, length), in TENSORS' order."""
    order = [list(tensors).index(each) for each in TENSORS if each in tensors]
    return prepared if order == sorted(order) else prepared[:, order]


def highest_text(tensors: Sequence[TextTensor], length: int, highest: int) -> NDArray[np.int32]:
    """Return a text whose ids are all ``highest``, int32 (1, length) or (1, tensors, length)."""
    # Imported here, because a command that only parses needs no NumPy.
    import numpy as np

    values = {"ids": highest, "mask": 1, "segments": 0}
    rows = np.array([[values[each]] * length for each in tensors], np.int32)
    return rows if len(tensors) == 1 else rows[np.newaxis]


def _tensor_named(name: str) -> TextTensor | None:
    found = _AROUND.match(name)
    plain = (found[1] if found else name).lower()
    return next((tensor for tensor in TENSORS if plain in _NAMES[tensor]), None)
