"""Reads vocabularies: a JSON list of tokens, or lines, in which the place of a token is its id."""

from collections.abc import Container, Sequence

from satchel import limits
from satchel.bundle.strict_json import Json, is_unicode, load_json
from satchel.errors import CardError

LISTED = r"[a-z0-9][a-z0-9._-]{0,90}\.json"
"""The pattern of the file name of a vocabulary that is a JSON list."""
LINES = r"(?!labels\.txt)[a-z0-9][a-z0-9._-]{0,90}\.txt"
"""The pattern of the file name of a vocabulary of lines. No other file of a bundle or of a .tflite
matches it."""
MAX_LISTED_BYTES = 1 << 26


def parse_listed(content: bytes) -> dict[str, int]:
    """Return the id of each token of a JSON list of texts and nulls. A null is an id without token.

    Raises CardError unless every token is there once, and there are at most MAX_VOCABULARY.
    """
    tokens = load_json(content, MAX_LISTED_BYTES)
    if not isinstance(tokens, list):
        raise CardError(f"Expected a list of tokens as vocabulary, got {tokens!r:.60}.")
    return _ids(tokens)


def parse_lines(content: bytes) -> dict[str, int]:
    """Return the id of each token, from UTF-8 lines of one token each.

    Raises CardError unless every token is there once, and there are at most MAX_VOCABULARY.
    """
    try:
        lines = content.decode("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise CardError(f"Expected a vocabulary in UTF-8, got other bytes: {error}.") from error
    return _ids(lines)


def _ids(tokens: Sequence[Json]) -> dict[str, int]:
    if not 1 <= len(tokens) <= limits.MAX_VOCABULARY:
        raise CardError(f"Expected 1 to {limits.MAX_VOCABULARY:,} tokens, got {len(tokens):,}.")
    ids: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token is not None:
            ids[_new(token, ids)] = at
    return ids


def _new(token: Json, known: Container[str]) -> str:
    """Return a token that is none of the ``known``; raises CardError."""
    if not isinstance(token, str):
        raise CardError(f"Expected a text or null in the vocabulary, got {token!r:.60}.")
    if not is_unicode(token):
        raise CardError(f"Expected tokens that UTF-8 can hold, got {token!r:.60}.")
    if token in known:
        raise CardError(f"Expected each token once in the vocabulary, got {token!r:.60} twice.")
    if len(token) > limits.MAX_TOKEN_LENGTH:
        raise CardError(
            f"Expected tokens of at most {limits.MAX_TOKEN_LENGTH} characters,"
            f" got {len(token):,} in {token!r:.60}."
        )
    return token
