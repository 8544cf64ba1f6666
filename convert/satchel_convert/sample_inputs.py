"""Samples as a model takes them, prepared when they are asked for: they need not fit in memory."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput, Input, TextInput
from satchel.errors import InputError
from satchel.preprocessing import Reader, open_reader

Inputs: TypeAlias = NDArray[Any]
"""Prepared inputs: pixels, uint8 (n, height, width, 3), token ids, int32 (n, length), or latents,
float32 (n, length)"""

RawInput: TypeAlias = Any
"""A picture's file, content or pixels, a text or a seed"""


class SampleInputs:
    """The prepared inputs of raw ones, made a slice at a time.

    Pickled it is the raw inputs, so that another process prepares them.
    """

    def __init__(
        self, values: Sequence[RawInput], taken: Input, vocabulary: bytes | None = None
    ) -> None:
        self._values = values
        self._taken = taken
        self._vocabulary = vocabulary

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, positions: slice) -> Inputs:
        """Return inputs as the runtime prepares them, before any scale or offset.

        Raises InputError for what cannot be read.
        """
        read = _reader(self._taken, self._vocabulary)
        return np.concatenate([read(value) for value in self._values[positions]])

    @property
    def input_bytes(self) -> int:
        """The size of one prepared input."""
        taken = self._taken
        if isinstance(taken, ImageInput):
            return 3 * taken.height * taken.width
        # Four bytes a token id, or a number of a latent.
        return 4 * taken.length

    def part(self, positions: slice) -> "SampleInputs":
        """Return those at ``positions``, not yet prepared."""
        return SampleInputs(self._values[positions], self._taken, self._vocabulary)

    def carried(self) -> "SampleInputs":
        """Return the same with what is in the files in the place of their paths.

        Raises InputError for a file that cannot be read.
        """
        values = [_content(value) if isinstance(value, Path) else value for value in self._values]
        return SampleInputs(values, self._taken, self._vocabulary)


# Of two bundles, in turn; a shard that another process sent has a vocabulary of its own.
@functools.lru_cache(maxsize=2)
def _reader(taken: Input, vocabulary: bytes | None) -> Reader:
    if isinstance(taken, TextInput):
        assert vocabulary is not None
        return open_reader(taken, {taken.vocabulary: vocabulary})
    return open_reader(taken, {})


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"Expected a readable picture, got {str(path)!r}: {error.strerror}."
        ) from error
