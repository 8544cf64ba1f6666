"""The rules for float models that are files of an engine, whatever the format."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel.errors import first_line
from satchel_convert.errors import ConversionError
from satchel_convert.float_models.kinds import Run
from satchel_convert.keras_models.author_shapes import Sides, fits
from satchel_convert.schemes import Scheme


def check_float(path: Path, scheme: Scheme) -> None:
    """Raise ConversionError for a file that stores numbers in another scheme than float32."""
    if scheme == "float32":
        return
    if scheme == "float16":
        raise ConversionError(
            f"Expected float32 weights to convert in {path.name!r}, got float16: convert the"
            " float32 file, or use satchel pack for this one as it is."
        )
    raise ConversionError(
        f"Expected float32 weights to quantize in {path.name!r}, got a model that is quantized"
        f" already ({scheme}): use satchel pack."
    )


def check_single(path: Path, inputs: int, outputs: int) -> None:
    """Raise ConversionError for a model with several inputs or outputs."""
    if inputs != 1 or outputs != 1:
        raise ConversionError(
            f"Expected one input and one output in {path.name!r}, got {inputs} and {outputs}:"
            " export the model with the image or text alone, and with its scores alone."
        )


def check_input(path: Path, sides: Sides, card: Card) -> None:
    """Raise ConversionError if an input of ``sides``, without its batch, is not the card's."""
    if not fits(sides, card.input.shape):
        raise ConversionError(
            f"Expected {path.name!r} to have the input {(None, *card.input.shape)} of its card,"
            f" got {(None, *sides)}."
        )


def run_ids(path: Path, run: Run, ids: NDArray[np.int32]) -> None:
    """Raise ConversionError if ``run`` refuses ``ids``, int32 (1, length)."""
    try:
        run(ids)
    except Exception as error:
        # Engines raise different exceptions for an id beyond the embeddings.
        raise ConversionError(
            f"Expected a vocabulary of ids that {path.name!r} accepts, it refuses {ids.max()}:"
            f" {first_line(error)}"
        ) from error
