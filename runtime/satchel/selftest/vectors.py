"""Golden vectors: inputs that a bundle carries, and what the float model said of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel import limits
from satchel.bundle.card import ModelEntry
from satchel.bundle.reading import Bundle
from satchel.bundle.strict_json import load_json
from satchel.bundle.task import Reader
from satchel.bundle.task_table import load_task
from satchel.errors import CardError

EXACT = 1e-3
"""Of a difference: a quarter of a level of a uint8 probability"""


@dataclass(frozen=True)
class GoldenVector:
    """An input and what the float model said of it."""

    name: str
    """Its file in the bundle, both of two, or ``seed 7``"""
    raw: Any
    """An encoded image, a text or a seed, as a reader takes it"""
    prediction: NDArray[Any]
    """Probabilities, float32 (labels,), or an image, uint8 (height, width, 3)"""
    tolerances: Mapping[str, float] = field(default_factory=dict)
    """By the file of a model, none for some"""
    differences: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """By the file of a model, none for some: where it was packed, by each kernel at hand"""
    other: bytes | None = None
    """An encoded image to blend with the first"""
    share: int = 0
    """Of the other, in 256ths"""

    def prepared(self, read: Reader) -> NDArray[Any]:
        """Return the input as ``read`` prepares it; raises InputError for a damaged image."""
        first = read(self.raw)
        return first if self.other is None else blend(first, read(self.other), self.share)

    def tolerance(self, model: ModelEntry) -> float:
        """Return the largest difference that ``model`` may have here, 0 to 1."""
        return min(model.golden_tolerance, self.tolerances.get(model.file, 1.0))

    def is_exact(self, model: ModelEntry, difference: float) -> bool | None:
        """Return whether ``model`` is as far off as where it was packed, None if nobody says."""
        if model.file not in self.differences:
            return None
        return any(abs(difference - each) <= EXACT for each in self.differences[model.file])


def golden_vectors(bundle: Bundle) -> list[GoldenVector]:
    """Return the golden vectors; raises CardError where they do not fit the card.

    Raises InputError for an output image that cannot be read.
    """
    if bundle.card.golden is None:
        raise CardError(f"Expected golden vectors in the bundle {bundle.card.name!r}, it has none.")
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
    return [
        replace(
            _golden_vector(bundle, vector),
            tolerances={file: row[at] for file, row in tolerances.items()},
            differences={file: [row[at] for row in rows] for file, rows in differences.items()},
        )
        for at, vector in enumerate(vectors)
    ]


def blend(image: NDArray[np.uint8], other: NDArray[np.uint8], share: int) -> NDArray[np.uint8]:
    """Return ``share`` 256ths of ``other`` in ``image``, both uint8 and of one shape.

    >>> blend(np.uint8([0, 100, 255]), np.uint8([255, 101, 255]), 128)
    array([128, 101, 255], dtype=uint8)
    """
    mixed = image.astype(np.uint16) * (256 - share) + other.astype(np.uint16) * share + 128
    return (mixed >> 8).astype(np.uint8)


def _of_models(bundle: Bundle, given: Any, what: str, fits: Callable[[object], bool]) -> Any:
    """Return what is given of each of the card's models, all of which ``fits``, by its file."""
    if isinstance(given, dict):
        names = [model.file for model in bundle.card.models if model.file in given]
        if all(fits(given[name]) for name in names):
            return {name: given[name] for name in names}
    raise CardError(
        f"Expected for a model of the card {what}, numbers from 0 to 1, got {given!r:.60}."
    )


def _golden_vector(bundle: Bundle, vector: object) -> GoldenVector:
    card = bundle.card
    task = load_task(card.task)
    if isinstance(vector, dict):
        found = task.input.read_golden(vector, bundle.files)
        prediction = task.output.read_golden(vector, card.output, bundle.files)
        if found is not None and prediction is not None:
            return GoldenVector(
                found.name, found.raw, prediction, other=found.other, share=found.share
            )
    form = f"{task.input.golden_form()} and {task.output.golden_form(card.output)}"
    raise CardError(f"Expected {form} in each golden vector, got {vector!r:.60}.")


def _are_shares(values: object, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(type(value) in (float, int) and 0 <= value <= 1 for value in values)
    )
