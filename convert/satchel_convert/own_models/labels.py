"""Labels from a file, and whether a model's outputs are as many."""

from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Activation
from satchel_convert.errors import ModelFolderError

ACTIVATIONS: dict[str, Activation] = {"softmax": "softmax", "sigmoid": "sigmoid", "linear": "none"}
"""Keras's names to the card's"""


def read_labels(path: Path) -> tuple[str, ...]:
    """Return the lines of ``path``, without empty ones.

    Raises ModelFolderError for a file that cannot be read, fewer than two labels and one that comes
    twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.reason
        raise ModelFolderError(
            f"Expected a line a label, in UTF-8, in {str(path)!r}: {reason}."
        ) from error
    labels = tuple(line.strip() for line in lines if line.strip())
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise ModelFolderError(
            f"Expected two labels or more, all different, in {str(path)!r}, got {len(labels)}."
        )
    return labels


def check_outputs(
    outputs: Sequence[tuple[int | None, ...]],
    labels: Sequence[str],
    *,
    activation: Activation,
    name: str,
) -> None:
    """Raise ModelFolderError unless the model called ``name`` puts out a number a label.

    ``outputs`` is the shape of each of its outputs. A sigmoid is one number for two labels.
    """
    expected = 1 if activation == "sigmoid" else len(labels)
    fits = len(outputs) == 1 and len(outputs[0]) == 2 and outputs[0][1] == expected
    if not fits:
        raise ModelFolderError(
            f"Expected {expected} outputs, {activation}, for {len(labels)} labels, got"
            f" {', '.join(map(str, outputs))} from {name!r}."
        )
    if activation == "sigmoid" and len(labels) != 2:
        raise ModelFolderError(
            f"Expected 2 labels for the one output of {name!r}, a sigmoid, got {len(labels)}."
        )
