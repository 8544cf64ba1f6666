"""The functions for text inputs in the converter."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Dtype, TextInput, TextTensor
from satchel.tasks import text_fault
from satchel_convert.samples.entries import SampleFiles
from satchel_convert.samples.files import read_text
from satchel_convert.task import Shown, TensorDescription
from satchel_convert.text_rows import FILE_NAMES

if TYPE_CHECKING:
    from satchel_convert.golden.candidates import GoldenInput

SAMPLE_KEY = "text"
DTYPE: Dtype = "int32"
TEXT_FILES = SampleFiles(kind="texts (.txt)", column="text", find_fault=text_fault, load=read_text)
SAMPLE_FILES: SampleFiles | None = TEXT_FILES
_CONTENTS: Mapping[TextTensor, str] = {
    "ids": "ids of the tokens",
    "mask": "1 for each token, 0 for padding",
    "segments": "0 for each token",
}
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
    return 4 * math.prod(text.shape)


def deployed(text: TextInput) -> TextInput:
    """Return the input unchanged: converted models read the same token ids."""
    return text


def tensors(text: TextInput) -> tuple[TextTensor, ...]:
    """Return what each tensor of a prepared text holds."""
    return text.tensors


def open_keras(text: TextInput) -> list[tuple[Any, Any]]:
    """Return a ``keras.Input``, int32 (1, length), for each tensor, twice: they need no scaling."""
    import keras

    shape = (1, text.length)
    inputs = [
        keras.Input(batch_shape=shape, dtype="int32", name=FILE_NAMES[each])
        for each in text.tensors
    ]
    return [(each, each) for each in inputs]


def describe_tensors(text: TextInput) -> list[TensorDescription]:
    """Return the description of each input for a .tflite's metadata: its content and tokenizer."""
    return [
        TensorDescription(
            FILE_NAMES[each], _CONTENTS[each], tokenizer=text.tokenizer if each == "ids" else None
        )
        for each in text.tensors
    ]


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
