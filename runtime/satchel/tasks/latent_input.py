"""The functions of a latent input, which is drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from satchel import limits
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.strict_json import Fields, Json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.card import TensorSpec
    from satchel.bundle.task import GoldenInput, RawInput, Reader, Say

TAKES_TEXTS = False


def parse(fields: Fields) -> LatentInput:
    """Return the latent that the field ``input`` of a card describes; raises CardError."""
    fields.constant("kind", "latent")
    return LatentInput(length=fields.integer("length", 1, limits.MAX_LENGTH))


def to_json(latent: LatentInput) -> dict[str, Json]:
    """Return the fields that ``parse`` reads."""
    return latent._asdict()


def open_reader(latent: LatentInput, files: Mapping[str, bytes], *, decoding: str) -> Reader:
    """Return a function that draws the latent of a seed, float32 (1, length).

    Raises InputError for a decoding of images.
    """
    from satchel.preprocessing.latent import draw_latent
    from satchel.preprocessing.preprocessor import check_exact

    check_exact(decoding, latent.kind)
    return lambda seed: draw_latent(seed, latent.length)


def to_tensor(
    prepared: NDArray[np.float32], latent: LatentInput, tensor: TensorSpec
) -> NDArray[Any]:
    """Return latents, (n, length), in the dtype of ``tensor``; raises EngineError."""
    from satchel.preprocessing.latent import quantize_latent

    return quantize_latent(prepared, tensor)


def golden_form() -> str:
    """Return the fields of a golden vector that describe its input, in words."""
    return "a seed"


def read_golden(vector: Mapping[str, Any], files: Mapping[str, bytes]) -> GoldenInput | None:
    """Return the seed of a golden vector, None if it has none."""
    from satchel.bundle.task import GoldenInput
    from satchel.preprocessing.latent import MAX_SEED

    seed = vector.get("seed")
    if type(seed) is not int or not 0 <= seed <= MAX_SEED:
        return None
    return GoldenInput(f"seed {seed}", seed)


def raw_inputs(words: Iterable[str], *, say: Say) -> Iterator[RawInput]:
    """Yield the seeds in ``words``. ``-`` stands for lines of seeds from standard input."""
    import re

    from satchel.bundle.task import RawInput
    from satchel.tasks.words import standard_input

    for word in words:
        for seed in standard_input() if word == "-" else [word]:
            # The reader refuses a word that is not a number, or is longer than any seed.
            digits = re.fullmatch("[0-9]{1,20}", seed)
            if seed:
                yield RawInput(seed, int(seed) if digits else seed)


def load(value: int | str) -> int | str:
    """Return the seed as it is."""
    return value


def describe(latent: LatentInput) -> str:
    """Return a description of the model's input, in words."""
    return f"a seed, for {latent.length} numbers"


def describe_many(latent: LatentInput) -> str:
    """Return in words how seeds are prepared before they reach the model."""
    return f"seeds to {latent.length} numbers"
