"""The functions for text inputs in the converter."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Dtype, TextInput
from satchel.tasks import text_fault
from satchel_convert.samples.entries import SampleFiles
from satchel_convert.samples.files import read_text
from satchel_convert.task import Shown, TensorDescription

if TYPE_CHECKING:
    from satchel_convert.golden.candidates import GoldenInput

SAMPLE_KEY = "text"
DTYPE: Dtype = "int32"
TEXT_FILES = SampleFiles(kind="texts (.txt)", column="text", find_fault=text_fault, load=read_text)
SAMPLE_FILES: SampleFiles | None = TEXT_FILES
SHOWN_CHARACTERS = 200
"""The number of characters of a text that a report shows"""


def is_raw(value: object) -> bool:
    """Return whether ``value``, read from a sample's line, is a text."""
    return isinstance(value, str)


def read_sample(value: str, folder: Path, number: int) -> str:
    """Return the text unchanged."""
    return value


def prepared_bytes(text: TextInput) -> int:
    """Return the size of one text's token ids in bytes."""
    return 4 * text.length


def deployed(text: TextInput) -> TextInput:
    """Return the input unchanged: converted models read the same token ids."""
    return text


def open_keras(text: TextInput) -> tuple[Any, Any]:
    """Return a ``keras.Input`` for token ids, int32 (1, length), twice: they need no scaling."""
    import keras

    ids = keras.Input(batch_shape=(1, text.length), dtype="int32", name="ids")
    return ids, ids


def describe_tensor(text: TextInput) -> TensorDescription:
    """Return the description of the input for a .tflite's metadata: token ids and tokenizer."""
    return TensorDescription("ids", "ids of the tokens", tokenizer=text.tokenizer)


def image(text: TextInput) -> None:
    """Return None: a text is no image."""


def show_sample(value: str, text: TextInput) -> Shown:
    """Return the beginning of a text."""
    whole = len(value) <= SHOWN_CHARACTERS
    return Shown(None, value if whole else value[:SHOWN_CHARACTERS].rstrip() + "\u2026")


def golden_sample(
    value: str, number: int, prepared: NDArray[np.int32]
) -> "tuple[GoldenInput, Mapping[str, bytes]]":
    """Return a text as a golden input, and its file in the bundle."""
    from satchel_convert.golden.candidates import GoldenInput

    name = f"golden/{number}.txt"
    # Characters that UTF-8 cannot encode are replaced here: text and file must agree.
    text = value.encode("utf-8", "replace").decode()
    return GoldenInput(text, {"input": name}), {name: text.encode()}
