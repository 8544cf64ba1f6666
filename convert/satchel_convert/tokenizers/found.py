"""A tokenizer that was read from a file or a model, with the files that a bundle needs for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from satchel.bundle import Json, TextInput, TokenizerSpec, load_json
from satchel.errors import CardError
from satchel.preprocessing import Tokenizer, open_tokenizer
from satchel_convert.errors import ModelFolderError

LISTED = "vocabulary.json"
"""The bundle's file name of a vocabulary that is a JSON list: the place of a token is its id"""
LINES = "vocabulary.txt"
"""The bundle's file name of a vocabulary of lines"""
SENTENCEPIECE = "tokenizer.model"
"""The bundle's file name of a SentencePiece model"""
MAX_BYTES = 64 << 20
"""The largest file of a tokenizer that is read: published vocabularies have at most 20 MB"""


class FoundTokenizer(NamedTuple):
    """The description of a tokenizer, and what a bundle holds of it."""

    spec: TokenizerSpec
    files: Mapping[str, bytes]
    """The files that ``spec`` names, by their names in the bundle"""
    source: str
    """Where it was read from, in words"""
    length: int | None = None
    """The number of ids that the tokenizer makes; None if it does not say"""

    def open(self, length: int) -> Tokenizer:
        """Return the tokenizer for ``length`` ids; raises CardError for a bad vocabulary."""
        return open_tokenizer(TextInput(length, self.spec), self.files)


def listed(tokens: Sequence[str | None]) -> bytes:
    """Return a vocabulary as a JSON list; None is an id without a token."""
    return (json.dumps(tokens, ensure_ascii=False, indent=0) + "\n").encode()


def parse_json(content: bytes, name: str) -> Json:
    """Return the JSON in the file ``name``; raises ModelFolderError for what is not strict."""
    try:
        return load_json(content.removeprefix(b"\xef\xbb\xbf"), MAX_BYTES)
    except CardError as error:
        raise ModelFolderError(f"{name!r}: {error}") from error


def by_id(tokens: Mapping[str, Any], name: str, *, lowest: int = 0) -> list[str | None]:
    """Return the tokens in the order of their ids; None for an id that no token has.

    Raises ModelFolderError for an id that is no whole number of at least ``lowest``, for one that
    two tokens share, and for ids that are far more than the tokens.
    """
    most = 2 * len(tokens) + 1000
    found: list[str | None] = [None] * (max(_checked(tokens, name, lowest, most), default=-1) + 1)
    for token, id_ in tokens.items():
        other = found[id_]
        if other is not None:
            raise ModelFolderError(
                f"Expected an id of its own for each token in {name!r}, got {id_} for {other!r:.60}"
                f" and {token!r:.60}."
            )
        found[id_] = token
    return found


def _checked(tokens: Mapping[str, Any], name: str, lowest: int, most: int) -> list[int]:
    for token, id_ in tokens.items():
        # In Python a bool is an int, in JSON it is not a number.
        if not isinstance(id_, int) or isinstance(id_, bool) or not lowest <= id_ <= most:
            raise ModelFolderError(
                f"Expected ids from {lowest} to {most:,} for {len(tokens):,} tokens in {name!r},"
                f" got {id_!r:.60} for {token!r:.60}."
            )
    return list(tokens.values())
