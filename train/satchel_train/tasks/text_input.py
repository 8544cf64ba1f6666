"""Texts as samples of a model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json, TextInput
from satchel.preprocessing import open_tokenizer


def model_inputs(
    contents: Sequence[str], text: TextInput, *, vocabulary: bytes | None
) -> NDArray[np.int32]:
    """Return texts as inputs of the float model, int32 (n, length) or (n, tensors, length)."""
    assert vocabulary is not None, "a text card comes with its vocabulary"
    (name,) = text.files
    tokenizer = open_tokenizer(text, {name: vocabulary})
    inputs = np.empty((len(contents), *text.shape), np.int32)
    for at, content in enumerate(contents):
        inputs[at] = tokenizer(content)[0]
    return inputs


def sample_fields(contents: Sequence[str], folder: Path, part: str) -> list[dict[str, Json]]:
    """Return a field with the text of each sample."""
    return [{"text": content} for content in contents]
