"""Opens a bundle and checks it before anything in it is used."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.archive import CARD_NAME, MAX_ARCHIVE_BYTES, MAX_ENTRIES, unpack
from satchel.card import MAX_CARD_BYTES, Card, TextInput, parse_card
from satchel.errors import BundleError, CardError
from satchel.plain_json import load_json
from satchel.text import RegexTokenizer, compile_delimiter, parse_vocabulary


@dataclass(frozen=True)
class Bundle:
    """A card and the bytes of every file it lists, hashed and found to be theirs."""

    card: Card
    files: Mapping[str, bytes]
    """Name to content, without the card"""


@dataclass(frozen=True)
class GoldenVector:
    """An input and what the float model said of it."""

    name: str
    """Its file in the bundle: a picture, or a text in UTF-8"""
    content: bytes
    scores: NDArray[np.float32]
    """Probabilities, (labels,)"""


def open_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Return the bundle at ``path``, a .satchel file or a folder of the same files.

    The file is read once, and these bytes are checked, hashed and later handed to the engine.

    Raises BundleError for a file that is missing, changed or not a bundle, CardError for its card.
    """
    place = Path(path)
    entries = (
        _read_folder(place) if _is_folder(place) else unpack(_read_file(place, MAX_ARCHIVE_BYTES))
    )
    if CARD_NAME not in entries:
        raise BundleError(f"Expected {CARD_NAME} in the bundle {place.name!r}, it is not there.")
    card = parse_card(entries.pop(CARD_NAME))
    _check_files(card, entries)
    return Bundle(card, entries)


def digest(content: bytes) -> str:
    """Return the hash as a card writes it: ``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def open_tokenizer(text: TextInput, vocabulary: bytes) -> RegexTokenizer:
    """Return the tokenizer of a text card; raises CardError for a wrong delimiter or vocabulary."""
    return RegexTokenizer(
        compile_delimiter(text.delimiter), parse_vocabulary(vocabulary), text.length
    )


def golden_vectors(bundle: Bundle) -> list[GoldenVector]:
    """Return the golden vectors; raises CardError where they do not fit the card."""
    if bundle.card.golden is None:
        raise CardError(f"Expected golden vectors in the bundle {bundle.card.name!r}, it has none.")
    content = load_json(bundle.files[bundle.card.golden], MAX_CARD_BYTES)
    vectors = content.get("vectors") if isinstance(content, dict) else None
    if not isinstance(vectors, list) or not vectors:
        raise CardError(f"Expected a list of vectors in {bundle.card.golden!r}, got none.")
    return [_golden_vector(bundle, vector) for vector in vectors]


def _golden_vector(bundle: Bundle, vector: object) -> GoldenVector:
    labels = len(bundle.card.output.labels)
    if isinstance(vector, dict):
        name, scores = vector.get("input"), vector.get("scores")
        known = isinstance(name, str) and name in bundle.files
        if known and _are_probabilities(scores, labels):
            return GoldenVector(str(name), bundle.files[str(name)], np.array(scores, np.float32))
    raise CardError(
        f"Expected an input of the bundle and {labels} probabilities in each golden vector,"
        f" got {vector!r:.60}."
    )


def _are_probabilities(scores: object, labels: int) -> bool:
    return (
        isinstance(scores, list)
        and len(scores) == labels
        and all(type(score) in (float, int) and 0 <= score <= 1 for score in scores)
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        # A path that is too long, or has a NUL in it.
        raise BundleError(f"Expected the path of a bundle, got {str(path)[:60]!r}.") from error


def _read_file(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BundleError(f"Expected a bundle, got {str(path)[:200]!r}: {reason}.") from error
    if len(content) > limit:
        raise BundleError(f"Expected a bundle of at most {MAX_ARCHIVE_BYTES:,} bytes, got more.")
    return content


def _read_folder(folder: Path) -> dict[str, bytes]:
    if not (folder / CARD_NAME).is_file():
        raise BundleError(f"Expected {CARD_NAME} in the bundle folder {folder.name!r}.")
    entries: dict[str, bytes] = {}
    left = MAX_ARCHIVE_BYTES
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            kind = "link" if path.is_symlink() else "device or pipe"
            raise BundleError(f"Expected files in the bundle folder, got the {kind} {path.name!r}.")
        if path.is_file():
            content = _read_file(path, left)
            left -= len(content)
            entries[path.relative_to(folder).as_posix()] = content
        if len(entries) > MAX_ENTRIES:
            raise BundleError(f"Expected at most {MAX_ENTRIES} files in a bundle folder, got more.")
    return entries


def _check_files(card: Card, files: Mapping[str, bytes]) -> None:
    if not card.models:
        raise CardError("Expected a bundle with models, got a card of none: is it a model folder?")
    for name in sorted(card.files.keys() ^ files.keys()):
        state = "is listed but not there" if name in card.files else "is there but not listed"
        raise BundleError(f"Expected the files that the card lists, {name!r} {state}.")
    for name, content in files.items():
        found = digest(content)
        if found != card.files[name]:
            raise BundleError(f"Expected {name!r} with {card.files[name]}, got {found}.")
    for model in card.models:
        if model.size_bytes != len(files[model.file]):
            raise BundleError(
                f"Expected {model.size_bytes:,} bytes of {model.file!r},"
                f" got {len(files[model.file]):,}."
            )
