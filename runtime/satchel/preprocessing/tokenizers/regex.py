"""Turns a text into token ids, exactly like the RegexTokenizer of TFLite Model Metadata.

The text is split at the delimiter, a class of characters with RE2's ASCII meaning. The ids begin
with ``<START>``. Then come the ids of the tokens, with ``<UNKNOWN>`` for a token that is not in the
vocabulary. They are cut at the length, or filled up to it with ``<PAD>``. Nothing is changed to
lower case: the vocabulary may give one id to several spellings.

Source: MediaPipe Tasks, ``regex_tokenizer`` and ``regex_preprocessor``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from satchel import limits
from satchel.bundle.inputs import TextInput
from satchel.errors import CardError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAD = "<PAD>"
START = "<START>"
UNKNOWN = "<UNKNOWN>"

# Only one repeated class of characters is allowed: the regular expressions of every language give
# it the same meaning, and no text makes it slow.
_DELIMITER = re.compile(r"(\[\^?(\\[wWsdD\]\[^\\-]|[^\]\[\\])+\]|\\[wWsdD])\+")
# \s is replaced by its characters, and one of them would become the end of a range.
_RANGE_OF_SPACES = re.compile(r"(?<!\\)(\\\\)*\\s-[^\]]|[\x00-\t]-\\s")


class RegexTokenizer:
    """Splits a text at ``delimiter``, and looks up every token in ``vocabulary``.

    ``length`` is the number of ids in the model's input.
    """

    def __init__(
        self, delimiter: re.Pattern[str], vocabulary: Mapping[str, int], length: int
    ) -> None:
        self.delimiter = delimiter
        self.vocabulary = vocabulary
        self.length = length

    def __call__(self, text: str) -> NDArray[np.int32]:
        """Return the ids of ``text``, int32 (1, length).

        Raises InputError if it is not a text, or has more than MAX_TEXT_LENGTH characters.
        """
        if not isinstance(text, str):
            raise InputError(f"Expected a text as str, got {type(text).__name__}.")
        if len(text) > limits.MAX_TEXT_LENGTH:
            raise InputError(
                f"Expected a text of at most {limits.MAX_TEXT_LENGTH:,} characters,"
                f" got {len(text):,}."
            )
        unknown = self.vocabulary[UNKNOWN]
        ids = np.full((1, self.length), self.vocabulary[PAD], np.int32)
        # The number of splits is limited: the text after the last id that fits is never read.
        tokens = [
            token for token in self.delimiter.split(text, self.length)[: self.length] if token
        ]
        found = [self.vocabulary[START], *(self.vocabulary.get(token, unknown) for token in tokens)]
        found = found[: self.length]
        ids[0, : len(found)] = found
        return ids


def open_tokenizer(text: TextInput, vocabulary: bytes) -> RegexTokenizer:
    """Return the tokenizer of a text input; raises CardError for a bad delimiter or vocabulary."""
    return RegexTokenizer(
        compile_delimiter(text.delimiter), parse_vocabulary(vocabulary), text.length
    )


def compile_delimiter(pattern: str) -> re.Pattern[str]:
    """Return the compiled delimiter.

    Raises CardError for anything but one repeated class of characters such as ``[^\\w']+``.
    """
    # Python reserves these doubled characters for operations on sets, which RE2 does not know.
    doubled = any(mark in pattern for mark in ("&&", "||", "--", "~~"))
    plain = _DELIMITER.fullmatch(pattern) and not _RANGE_OF_SPACES.search(pattern)
    if len(pattern) > 200 or doubled or not plain:
        raise CardError(
            f"Expected one repeated character class such as [^\\w']+ as delimiter,"
            f" got {pattern!r:.60}."
        )
    # Python counts the vertical tab as white space and RE2 does not, so the characters are listed.
    spaces = r"\t\n\f\r "
    if pattern == r"\s+":
        pattern = f"[{spaces}]+"
    pattern = re.sub(r"\\(.)", lambda found: spaces if found[1] == "s" else found[0], pattern)
    try:
        return re.compile(pattern, re.ASCII)
    except re.error as error:
        raise CardError(
            f"Expected a delimiter that compiles, got {pattern!r:.60}: {error}."
        ) from error


def parse_vocabulary(content: bytes) -> dict[str, int]:
    """Return the id of each token, from lines of ``token id``.

    Raises CardError unless every line has one token and one id, every token is there once, and
    ``<PAD>``, ``<START>`` and ``<UNKNOWN>`` are among them.
    """
    try:
        lines = content.decode("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise CardError(f"Expected a vocabulary in UTF-8, got other bytes: {error}.") from error
    if len(lines) > limits.MAX_VOCABULARY:
        raise CardError(f"Expected at most {limits.MAX_VOCABULARY:,} tokens, got {len(lines):,}.")
    vocabulary: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        token, _, digits = line.partition(" ")
        plain = digits.isascii() and digits.isdigit() and len(digits) < 10
        if not token or len(token) > limits.MAX_TOKEN_LENGTH or not plain or token in vocabulary:
            raise CardError(
                f"Expected a new token and its id on line {number} of the vocabulary,"
                f" got {line[:60]!r}."
            )
        vocabulary[token] = int(digits)
    missing = [token for token in (PAD, START, UNKNOWN) if token not in vocabulary]
    if missing:
        raise CardError(
            f"Expected {PAD}, {START} and {UNKNOWN} in the vocabulary, got none for {missing[0]}."
        )
    return vocabulary
