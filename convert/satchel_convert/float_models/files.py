"""The rules for float models that are files of an engine, whatever the format."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card
from satchel.errors import first_line
from satchel_convert.errors import ConversionError
from satchel_convert.float_models.kinds import Run
from satchel_convert.keras_models.author_shapes import Sides, fits
from satchel_convert.schemes import Scheme
from satchel_convert.task import converter_task
from satchel_convert.text_rows import Rows, naming_hint, rows_of, tensors_named


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


def check_counts(path: Path, names: Sequence[str], outputs: int) -> None:
    """Raise ConversionError for several outputs, or inputs that are not those of one text."""
    if outputs != 1 or (len(names) != 1 and not tensors_named(names)):
        raise ConversionError(
            f"Expected one input and one output in {path.name!r}, got {len(names)}"
            f" ({', '.join(names)}) and {outputs}: export the model with the image or text alone,"
            f" and with its scores alone. For ids with a mask and segments, {naming_hint()}."
        )


def check_inputs(path: Path, inputs: Mapping[str, Sides], card: Card) -> Rows:
    """Return the row of a prepared text that each of the named inputs reads.

    Raises ConversionError if an input of such sides, without its batch, is not the card's.
    """
    rows = rows_of(list(inputs), converter_task(card.task).input.tensors(card.input))
    expected = card.input.shape[-1:] if rows else card.input.shape
    for sides in inputs.values():
        if not fits(sides, expected):
            raise ConversionError(
                f"Expected {path.name!r} to have the input {(None, *expected)} of its card,"
                f" got {(None, *sides)}."
            )
    return rows


def open_strings(path: Path) -> None:
    """Return None: an engine's file takes no strings."""


def run_ids(path: Path, run: Run, ids: NDArray[np.int32]) -> None:
    """Raise ConversionError if ``run`` refuses a text of such ids, int32 (1, ...)."""
    try:
        run(ids)
    except Exception as error:
        # Engines raise different exceptions for an id beyond the embeddings.
        raise ConversionError(
            f"Expected a vocabulary of ids that {path.name!r} accepts, it refuses {ids.max()}:"
            f" {first_line(error)}"
        ) from error
