"""Golden vectors: inputs that a bundle carries, and what the float model said of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel import limits
from satchel.bundle import Bundle
from satchel.card import Card, ImageInput, ImageOutput, LabelOutput, LatentInput, TextInput
from satchel.errors import CardError
from satchel.images import decode
from satchel.latent import MAX_SEED
from satchel.plain_json import load_json
from satchel.reader import Reader


@dataclass(frozen=True)
class GoldenVector:
    """An input and what the float model said of it."""

    name: str
    """Its file in the bundle, both of two, or ``seed 7``"""
    raw: bytes | str | int
    """An encoded picture, a text or a seed, as a reader takes it"""
    answer: NDArray[Any]
    """Probabilities, float32 (labels,), or a picture, uint8 (height, width, 3)"""
    tolerances: Mapping[str, float]
    """By the file of a model; its card's ``golden_tolerance`` is that of one that is missing"""
    other: bytes | None = None
    """An encoded picture to blend with the first"""
    share: int = 0
    """Of the other, in 256ths"""

    def prepared(self, read: Reader) -> NDArray[Any]:
        """Return the input as ``read`` prepares it; raises InputError for a damaged picture."""
        first = read(self.raw)
        return first if self.other is None else blend(first, read(self.other), self.share)


def golden_vectors(bundle: Bundle) -> list[GoldenVector]:
    """Return the golden vectors; raises CardError where they do not fit the card.

    Raises InputError for an output picture that cannot be read.
    """
    if bundle.card.golden is None:
        raise CardError(f"Expected golden vectors in the bundle {bundle.card.name!r}, it has none.")
    content = load_json(bundle.files[bundle.card.golden], limits.MAX_CARD_BYTES)
    fields = content if isinstance(content, dict) else {}
    vectors = fields.get("vectors")
    if not isinstance(vectors, list) or not vectors:
        raise CardError(f"Expected a list of vectors in {bundle.card.golden!r}, got none.")
    tolerances = _tolerances(bundle.card, fields.get("tolerances", {}), len(vectors))
    return [
        _golden_vector(bundle, vector, {file: row[at] for file, row in tolerances.items()})
        for at, vector in enumerate(vectors)
    ]


def blend(picture: NDArray[np.uint8], other: NDArray[np.uint8], share: int) -> NDArray[np.uint8]:
    """Return ``share`` 256ths of ``other`` in ``picture``, both uint8 and of one shape.

    >>> blend(np.uint8([0, 100, 255]), np.uint8([255, 101, 255]), 128)
    array([128, 101, 255], dtype=uint8)
    """
    mixed = picture.astype(np.uint16) * (256 - share) + other.astype(np.uint16) * share + 128
    return (mixed >> 8).astype(np.uint8)


def _tolerances(card: Card, given: Any, count: int) -> dict[str, list[float]]:
    """Return the tolerance of each of ``count`` vectors, by the file of a model."""
    if (
        isinstance(given, dict)
        and given.keys() <= {model.file for model in card.models}
        and all(_are_shares(row, count) for row in given.values())
    ):
        return given
    raise CardError(
        f"Expected for models of the card {count} golden tolerances each, numbers from 0 to 1,"
        f" got {given!r:.60}."
    )


def _golden_vector(bundle: Bundle, vector: object, tolerances: Mapping[str, float]) -> GoldenVector:
    card = bundle.card
    if isinstance(vector, dict) and _has_input(bundle, vector) and _has_answer(bundle, vector):
        answer = _answer(bundle, vector)
        if isinstance(card.input, LatentInput):
            return GoldenVector(f"seed {vector['seed']}", vector["seed"], answer, tolerances)
        name = vector["input"]
        content = bundle.files[name]
        if isinstance(card.input, TextInput):
            return GoldenVector(name, _text(name, content), answer, tolerances)
        if "blend" not in vector:
            return GoldenVector(name, content, answer, tolerances)
        other, share = vector["blend"]["input"], vector["blend"]["share"]
        named = f"{name} with {share}/256 of {other}"
        return GoldenVector(named, content, answer, tolerances, bundle.files[other], share)
    raise CardError(f"Expected {_form(card)} in each golden vector, got {vector!r:.60}.")


def _form(card: Card) -> str:
    """Return what a golden vector of such a card has, in words."""
    taken = "a seed" if isinstance(card.input, LatentInput) else "an input of the bundle"
    if isinstance(card.input, ImageInput):
        taken += " (or two, blended by a share from 1 to 255)"
    if isinstance(card.output, LabelOutput):
        return f"{taken} and {len(card.output.labels)} probabilities"
    return f"{taken} and an output picture of the bundle"


def _has_input(bundle: Bundle, vector: dict[str, Any]) -> bool:
    if isinstance(bundle.card.input, LatentInput):
        seed = vector.get("seed")
        return type(seed) is int and 0 <= seed <= MAX_SEED
    return _is_file(bundle, vector.get("input")) and (
        "blend" not in vector
        or not isinstance(bundle.card.input, ImageInput)
        or _is_blend(bundle, vector["blend"])
    )


def _is_blend(bundle: Bundle, given: object) -> bool:
    if not isinstance(given, dict):
        return False
    share = given.get("share")
    return _is_file(bundle, given.get("input")) and type(share) is int and 1 <= share <= 255


def _has_answer(bundle: Bundle, vector: dict[str, Any]) -> bool:
    if isinstance(bundle.card.output, LabelOutput):
        return _are_shares(vector.get("scores"), len(bundle.card.output.labels))
    return _is_file(bundle, vector.get("output"))


def _is_file(bundle: Bundle, name: object) -> bool:
    return isinstance(name, str) and name in bundle.files


def _are_shares(values: object, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(type(value) in (float, int) and 0 <= value <= 1 for value in values)
    )


def _answer(bundle: Bundle, vector: dict[str, Any]) -> NDArray[Any]:
    if isinstance(bundle.card.output, ImageOutput):
        return _picture(vector["output"], bundle.files[vector["output"]], bundle.card.output)
    return np.array(vector["scores"], np.float32)


def _picture(name: str, content: bytes, given: ImageOutput) -> NDArray[np.uint8]:
    pixels = decode(content)
    if pixels.shape[:2] != (given.height, given.width):
        raise CardError(
            f"Expected a picture of {given.height} x {given.width} in {name!r},"
            f" got {pixels.shape[0]} x {pixels.shape[1]}."
        )
    return pixels


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CardError(f"Expected UTF-8 in the golden text {name!r}: {error}.") from error
