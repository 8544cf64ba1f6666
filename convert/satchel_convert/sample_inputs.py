"""Samples as a model reads them. They are prepared on demand, so they need not fit in memory."""

import copy
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, Input, Reader, load_task
from satchel.errors import InputError
from satchel_convert.task import converter_task

Inputs: TypeAlias = NDArray[Any]
"""Prepared inputs: pixels, uint8 (n, height, width, 3), token ids, int32 (n, length), or latents,
float32 (n, length)"""

RawInput: TypeAlias = Any
"""The path, content or pixels of an image, a text or a seed"""


class SampleInputs:
    """Prepares raw inputs, one slice at a time.

    A pickle of it holds the raw inputs, so that another process prepares them.
    """

    def __init__(
        self,
        values: Sequence[RawInput],
        card: Card,
        files: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        """``files`` are the files that prepare an input of this card, such as a vocabulary."""
        self._values = values
        self._task = card.task
        self._input = card.input
        self._files = tuple((name, files[name]) for name in card.input.files)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, positions: slice) -> Inputs:
        """Return inputs as the runtime prepares them, before any scale or offset.

        Raises InputError for an input that cannot be read.
        """
        read = _reader(self._task, self._input, self._files)
        return np.concatenate([read(value) for value in self._values[positions]])

    @property
    def values(self) -> Sequence[RawInput]:
        """The raw inputs."""
        return self._values

    @property
    def input_bytes(self) -> int:
        """The size of one prepared input, in bytes."""
        return converter_task(self._task).input.prepared_bytes(self._input)

    def part(self, positions: slice) -> "SampleInputs":
        """Return the inputs at ``positions``, not yet prepared."""
        return self._of(self._values[positions])

    def as_input(self, input_spec: Input) -> "SampleInputs":
        """Return the same raw inputs, to be prepared for ``input_spec`` instead."""
        other = copy.copy(self)
        other._input = input_spec
        return other

    def carried(self) -> "SampleInputs":
        """Return the same inputs with the content of each file instead of its path.

        Raises InputError for a file that cannot be read.
        """
        values = [_content(value) if isinstance(value, Path) else value for value in self._values]
        return self._of(values)

    def _of(self, values: Sequence[RawInput]) -> "SampleInputs":
        other = copy.copy(self)
        other._values = values
        return other


# Two readers are kept: a comparison reads for two bundles in turn.
@functools.lru_cache(maxsize=2)
def _reader(task: str, input_spec: Input, files: tuple[tuple[str, bytes], ...]) -> Reader:
    return load_task(task).input.open_reader(input_spec, dict(files), decoding="exact")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"Expected a readable image, got {str(path)!r}: {error.strerror}."
        ) from error


def as_floats(sample: NDArray[Any]) -> NDArray[Any]:
    """Return a sample of pixels as float32, and any other sample as it is."""
    return sample.astype(np.float32) if sample.dtype == np.uint8 else sample
