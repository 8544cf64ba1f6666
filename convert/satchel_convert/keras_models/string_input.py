"""A model that takes strings, taken apart: its tokenizer, and the rest from ids on."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel_convert.errors import ConversionError
from satchel_convert.tokenizers.found import FoundTokenizer

ToIds: TypeAlias = Callable[[Sequence[str]], NDArray[np.int32]]
"""Returns what the model itself makes of texts, int32 (texts, length), each padded to the same
length"""
RunTexts: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]
"""Returns the outputs of the unchanged model for texts, (texts, ...)"""


def _differs_never(_: str) -> bool:
    return False


class StringInput(NamedTuple):
    """The part of a model that reads strings."""

    tokenizer: FoundTokenizer
    to_ids: ToIds
    run: RunTexts
    differs: Callable[[str], bool] = _differs_never
    """Returns whether a text holds what ``tokenizer`` is known to read otherwise than the model"""
    differences: str = ""
    """The differences, in words"""


class OpenedModel(NamedTuple):
    """A Keras model, and what it does with strings."""

    model: Any
    """The model, from ids on if it takes strings"""
    strings: StringInput | None
    """None for a model that takes no strings"""


def strings_of(texts: Sequence[str], rank: int) -> Any:
    """Return texts as a tensor of strings, (texts,) or (texts, 1) by its rank."""
    import tensorflow as tf

    tensor = tf.constant([text.encode() for text in texts], tf.string)
    return tensor if rank == 1 else tensor[:, tf.newaxis]


def check_one_text(shape: Sequence[int | None], name: str) -> None:
    """Raise ConversionError unless an input of strings, with its batch, holds one text."""
    if len(shape) > 2 or (len(shape) == 2 and shape[1] not in (1, None)):
        raise ConversionError(
            f"Expected a model of one text, (None,) or (None, 1), in {name!r}, got strings of the"
            f" shape {tuple(shape)}."
        )
