"""The functions for latent inputs in the converter: seeds, and the latents made from them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Dtype, LatentInput, TextTensor
from satchel.preprocessing import MAX_SEED
from satchel_convert.task import Shown, TensorDescription

if TYPE_CHECKING:
    from satchel_convert.golden.candidates import GoldenInput
    from satchel_convert.samples.entries import SampleFiles

SAMPLE_KEY = "seed"
DTYPE: Dtype = "float32"
SAMPLE_FILES: "SampleFiles | None" = None


def is_raw(value: object) -> bool:
    """Return whether ``value``, read from a sample's line, is a seed."""
    return type(value) is int and 0 <= value <= MAX_SEED


def read_sample(value: int, folder: Path, number: int) -> int:
    """Return the seed unchanged."""
    return value


def prepared_bytes(latent: LatentInput) -> int:
    """Return the size of one latent in bytes."""
    return 4 * latent.length


def deployed(latent: LatentInput) -> LatentInput:
    """Return the input unchanged: converted models read the same latents."""
    return latent


def tensors(latent: LatentInput) -> tuple[TextTensor, ...]:
    """Return an empty tuple: a latent is no text."""
    return ()


def open_keras(latent: LatentInput) -> list[tuple[Any, Any]]:
    """Return a ``keras.Input`` for a latent, float32 (1, length), twice: it needs no scaling."""
    import keras

    numbers = keras.Input(batch_shape=(1, latent.length), dtype="float32", name="latent")
    return [(numbers, numbers)]


def describe_tensors(latent: LatentInput) -> list[TensorDescription]:
    """Return the description of the input for a .tflite's metadata."""
    words = "numbers of the seed, uniform from -1 to 1"
    return [TensorDescription("latent", words, stats=(-1.0, 1.0))]


def image(latent: LatentInput) -> None:
    """Return None: a latent is no image."""


def show_sample(value: int, latent: LatentInput) -> Shown:
    """Return the seed in words."""
    return Shown(None, f"seed {value}")


def golden_sample(
    value: int, number: int, prepared: NDArray[np.float32]
) -> "tuple[GoldenInput, Mapping[str, bytes]]":
    """Return a seed as a golden input, which needs no file."""
    from satchel_convert.golden.candidates import GoldenInput

    return GoldenInput(value, {"seed": value}), {}
