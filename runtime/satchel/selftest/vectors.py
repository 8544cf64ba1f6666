"""Reads golden vectors: inputs in a bundle, each with the float model's prediction for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel import limits
from satchel.bundle.card import ModelEntry
from satchel.bundle.reading import Bundle
from satchel.bundle.strict_json import load_json
from satchel.bundle.task import GoldenInput, Reader
from satchel.bundle.task_table import load_task
from satchel.errors import CardError

EXACT = 1e-3
"""Two differences that are closer than this are the same: a quarter of a level of uint8."""


@dataclass(frozen=True)
class GoldenVector:
    """An input, and the float model's prediction for it."""

    input: GoldenInput
    prediction: NDArray[Any]
    """Probabilities, float32 (labels,), or an image, uint8 (height, width, 3)."""
    tolerances: Mapping[str, float] = field(default_factory=dict)
    """The tolerance by the file of a model, 0 to 1. Some models have none."""
    differences: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """The differences by the file of a model, each from one of the kernels where the bundle was
    packed. Some models have none."""
    mean_tolerances: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The tolerance of the mean over all vectors by the file of a model, and by the engine. Some
    have none."""

    def prepared(self, read: Reader) -> NDArray[Any]:
        """Return the input as ``read`` prepares it; raises InputError for a damaged image."""
        first, other = read(self.input.raw), self.input.other
        return first if other is None else blend(first, read(other), self.input.share)

    def tolerance(self, model: ModelEntry) -> float:
        """Return the largest difference that ``model`` may have here, 0 to 1."""
        return min(model.golden_tolerance, self.tolerances.get(model.file, 1.0))

    def is_exact(self, model: ModelEntry, difference: float) -> bool | None:
        """Return whether the difference equals one where it was packed, None if that is unknown."""
        if model.file not in self.differences:
            return None
        return any(abs(difference - each) <= EXACT for each in self.differences[model.file])


def golden_vectors(bundle: Bundle) -> list[GoldenVector]:
    """Return the golden vectors of the bundle.

    Raises CardError if they do not fit the card, InputError for an output image that cannot be
    read.
    """
    if bundle.card.golden is None:
        raise CardError(f"Expected golden vectors in the bundle {bundle.card.name!r}, got none.")
    content = load_json(bundle.files[bundle.card.golden], limits.MAX_CARD_BYTES)
    fields = content if isinstance(content, dict) else {}
    vectors = fields.get("vectors")
    if not isinstance(vectors, list) or not vectors:
        raise CardError(f"Expected a list of vectors in {bundle.card.golden!r}, got none.")
    count = len(vectors)
    tolerances = _of_models(
        bundle,
        fields.get("tolerances", {}),
        f"{count} golden tolerances",
        lambda row: _are_shares(row, count),
    )
    differences = _of_models(
        bundle,
        fields.get("differences", {}),
        f"lists of {count} golden differences",
        lambda rows: (
            isinstance(rows, list) and rows != [] and all(_are_shares(row, count) for row in rows)
        ),
    )
    means = _of_models(
        bundle,
        fields.get("mean_tolerances", {}),
        "mean golden tolerances of engines",
        lambda means: isinstance(means, dict) and _are_shares([*means.values()], len(means)),
    )
    if not means.keys() <= differences.keys():
        raise CardError(f"Expected golden differences for {[*means]!r:.60}, got none for some.")
    return [
        replace(
            _golden_vector(bundle, vector),
            tolerances={file: row[at] for file, row in tolerances.items()},
            differences={file: [row[at] for row in rows] for file, rows in differences.items()},
            mean_tolerances=means,
        )
        for at, vector in enumerate(vectors)
    ]


def blend(image: NDArray[np.uint8], other: NDArray[np.uint8], share: int) -> NDArray[np.uint8]:
    """Return ``image`` with ``share`` 256ths of ``other``, both uint8 of the same shape.

    >>> blend(np.uint8([0, 100, 255]), np.uint8([255, 101, 255]), 128)
    array([128, 101, 255], dtype=uint8)
    """
    mixed = image.astype(np.uint16) * (256 - share) + other.astype(np.uint16) * share + 128
    return (mixed >> 8).astype(np.uint8)


def _of_models(bundle: Bundle, values: Any, what: str, fits: Callable[[object], bool]) -> Any:
    """Return the value of each of the card's models that has one, by its file.

    Raises CardError for a value that does not fit.
    """
    if isinstance(values, dict):
        names = [model.file for model in bundle.card.models if model.file in values]
        if all(fits(values[name]) for name in names):
            return {name: values[name] for name in names}
    raise CardError(f"Expected {what} from 0 to 1 for each model of the card, got {values!r:.60}.")


def _golden_vector(bundle: Bundle, vector: object) -> GoldenVector:
    card = bundle.card
    task = load_task(card.task)
    if isinstance(vector, dict):
        found = task.input.read_golden(vector, bundle.files)
        prediction = task.output.read_golden(vector, card.output, bundle.files)
        if found is not None and prediction is not None:
            return GoldenVector(found, prediction)
    form = f"{task.input.golden_form()} and {task.output.golden_form(card.output)}"
    raise CardError(f"Expected {form} in each golden vector, got {vector!r:.60}.")


def _are_shares(values: object, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(type(value) in (float, int) and 0 <= value <= 1 for value in values)
    )
