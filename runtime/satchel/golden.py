"""Golden vectors: inputs that a bundle carries, and what the float model said of each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel import limits
from satchel.bundle import Bundle
from satchel.card import Card, ImageOutput, LabelOutput, LatentInput, TextInput
from satchel.errors import CardError
from satchel.images import decode
from satchel.latent import MAX_SEED
from satchel.plain_json import load_json


@dataclass(frozen=True)
class GoldenVector:
    """An input and what the float model said of it."""

    name: str
    """Its file in the bundle, or ``seed 7``"""
    raw: bytes | str | int
    """An encoded picture, a text or a seed, as a reader takes it"""
    answer: NDArray[Any]
    """Probabilities, float32 (labels,), or a picture, uint8 (height, width, 3)"""


def golden_vectors(bundle: Bundle) -> list[GoldenVector]:
    """Return the golden vectors; raises CardError where they do not fit the card.

    Raises InputError for an output picture that cannot be read.
    """
    if bundle.card.golden is None:
        raise CardError(f"Expected golden vectors in the bundle {bundle.card.name!r}, it has none.")
    content = load_json(bundle.files[bundle.card.golden], limits.MAX_CARD_BYTES)
    vectors = content.get("vectors") if isinstance(content, dict) else None
    if not isinstance(vectors, list) or not vectors:
        raise CardError(f"Expected a list of vectors in {bundle.card.golden!r}, got none.")
    return [_golden_vector(bundle, vector) for vector in vectors]


def _golden_vector(bundle: Bundle, vector: object) -> GoldenVector:
    card = bundle.card
    if isinstance(vector, dict) and _has_input(bundle, vector) and _has_answer(bundle, vector):
        answer = _answer(bundle, vector)
        if isinstance(card.input, LatentInput):
            return GoldenVector(f"seed {vector['seed']}", vector["seed"], answer)
        name = vector["input"]
        content = bundle.files[name]
        raw = _text(name, content) if isinstance(card.input, TextInput) else content
        return GoldenVector(name, raw, answer)
    raise CardError(f"Expected {_form(card)} in each golden vector, got {vector!r:.60}.")


def _form(card: Card) -> str:
    """Return what a golden vector of such a card has, in words."""
    taken = "a seed" if isinstance(card.input, LatentInput) else "an input of the bundle"
    if isinstance(card.output, LabelOutput):
        return f"{taken} and {len(card.output.labels)} probabilities"
    return f"{taken} and an output picture of the bundle"


def _has_input(bundle: Bundle, vector: dict[str, Any]) -> bool:
    if isinstance(bundle.card.input, LatentInput):
        seed = vector.get("seed")
        return type(seed) is int and 0 <= seed <= MAX_SEED
    return _is_file(bundle, vector.get("input"))


def _has_answer(bundle: Bundle, vector: dict[str, Any]) -> bool:
    if isinstance(bundle.card.output, LabelOutput):
        return _are_probabilities(vector.get("scores"), len(bundle.card.output.labels))
    return _is_file(bundle, vector.get("output"))


def _is_file(bundle: Bundle, name: object) -> bool:
    return isinstance(name, str) and name in bundle.files


def _are_probabilities(scores: object, labels: int) -> bool:
    return (
        isinstance(scores, list)
        and len(scores) == labels
        and all(type(score) in (float, int) and 0 <= score <= 1 for score in scores)
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
