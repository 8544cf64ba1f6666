"""Reads labels from a file, and checks that a model has as many outputs."""

import os
from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Activation
from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.files import read_text
from satchel_convert.settings import Labels

ACTIVATIONS: dict[str, Activation] = {"softmax": "softmax", "sigmoid": "sigmoid", "linear": "none"}
"""The card's name for each Keras activation"""


def read_labels(labels: Labels) -> tuple[str, ...]:
    """Return the labels, from a list or from the lines of a file that are not empty.

    Raises ModelFolderError for a file that cannot be read, for fewer than two labels, and for a
    label that comes twice.
    """
    if isinstance(labels, str | os.PathLike):
        found, place = _lines(Path(labels)), f", in {str(labels)!r}"
    else:
        found, place = tuple(labels), ""
    if len(found) < 2 or len(set(found)) < len(found) or not all(map(str.strip, found)):
        raise ModelFolderError(
            f"Expected two labels or more, all different{place}, got {len(found)}."
        )
    return found


def _lines(path: Path) -> tuple[str, ...]:
    lines = read_text(path).splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def check_outputs(
    outputs: Sequence[tuple[int | None, ...]],
    labels: Sequence[str],
    *,
    activation: Activation,
    name: str,
) -> None:
    """Raise ModelFolderError unless the model ``name`` has one output number for each label.

    ``outputs`` are the shapes of its outputs. A sigmoid has one number for two labels.
    """
    expected = 1 if activation == "sigmoid" else len(labels)
    fits = len(outputs) == 1 and len(outputs[0]) == 2 and outputs[0][1] == expected
    if not fits:
        raise ModelFolderError(
            f"Expected {expected} outputs ({activation}) for {len(labels)} labels, got"
            f" {', '.join(map(str, outputs))} from {name!r}."
        )
    if activation == "sigmoid" and len(labels) != 2:
        raise ModelFolderError(
            f"Expected 2 labels for the one sigmoid output of {name!r}, got {len(labels)}."
        )
