"""Turns a text into token ids, exactly like the RegexTokenizer of TFLite Model Metadata.

The text is split at the delimiter, a class of characters with RE2's ASCII meaning. The ids begin
with ``<START>``. Then come the ids of the tokens, with ``<UNKNOWN>`` for a token that is not in the
vocabulary. They are cut at the length, or filled up to it with ``<PAD>``. Nothing is changed to
lower case: the vocabulary may give one id to several spellings.

Source: MediaPipe Tasks, ``regex_tokenizer`` and ``regex_preprocessor``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from satchel import limits
from satchel.errors import CardError
from satchel.preprocessing.tokenizers.tokenizer import Tokenizer
from satchel.preprocessing.tokenizers.vocabulary import LINES

if TYPE_CHECKING:
    from satchel.bundle.strict_json import Fields
    from satchel.bundle.text_input import TextInput, TextTensor

PAD = "<PAD>"
START = "<START>"
UNKNOWN = "<UNKNOWN>"

# Only one repeated class of characters is allowed: the regular expressions of every language give
# it the same meaning, and no text makes it slow.
_CHARACTERS = re.compile(r"(\[\^?(\\[wWsdD\]\[^\\-]|[^\]\[\\])+\]|\\[wWsdD])\+?")
# \s is replaced by its characters, and one of them would become the end of a range.
_RANGE_OF_SPACES = re.compile(r"(?<!\\)(\\\\)*\\s-[^\]]|[\x00-\t]-\\s")


class RegexSpec(NamedTuple):
    """The tokenizer ``regex`` of a card."""

    delimiter: str
    """The pattern between two tokens: a repeated character class, with RE2's ASCII meaning."""
    vocabulary: str
    """The name of the file that holds the vocabulary, one ``token id`` a line."""
    kind: Literal["regex"] = "regex"

    @property
    def features(self) -> tuple[str, ...]:
        """An empty tuple: every reader knows this tokenizer."""
        return ()

    @property
    def files(self) -> tuple[str, ...]:
        """The name of the vocabulary file."""
        return (self.vocabulary,)


def parse(fields: Fields) -> RegexSpec:
    """Return the tokenizer that a card describes; raises CardError."""
    return RegexSpec(fields.take("delimiter", str), fields.pattern("vocabulary", LINES))


def describe(spec: RegexSpec) -> str:
    """Return how the tokenizer makes tokens, in words that follow the number of tokens."""
    return f"split at {spec.delimiter}"


class RegexTokenizer(Tokenizer):
    """Splits a text at ``delimiter``, and looks up every token in ``vocabulary``."""

    takes_surrogates = True

    def __init__(
        self,
        delimiter: re.Pattern[str],
        vocabulary: Mapping[str, int],
        length: int,
        tensors: Sequence[TextTensor] = ("ids",),
    ) -> None:
        super().__init__(length, tensors)
        self.delimiter = delimiter
        self.vocabulary = vocabulary
        self.pad = vocabulary[PAD]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text without padding, at most ``length``."""
        unknown = self.vocabulary[UNKNOWN]
        # The number of splits is limited: the text after the last id that fits is never read.
        tokens = [
            token for token in self.delimiter.split(text, self.length)[: self.length] if token
        ]
        found = [self.vocabulary[START], *(self.vocabulary.get(token, unknown) for token in tokens)]
        return found[: self.length]

    @property
    def highest(self) -> int:
        """The highest id."""
        return max(self.vocabulary.values())

    def examples(self) -> list[str]:
        """Return words that the vocabulary has."""
        return [word for word in self.vocabulary if self.delimiter.split(word) == [word]]

    def spelling(self) -> dict[int, str]:
        """Return the first token that the vocabulary has for each id."""
        return {id_: token for token, id_ in reversed(list(self.vocabulary.items()))}


def open_tokenizer(text: TextInput, files: Mapping[str, bytes]) -> RegexTokenizer:
    """Return the tokenizer of a text input; raises CardError for a bad delimiter or vocabulary."""
    spec: Any = text.tokenizer
    vocabulary = parse_vocabulary(files[spec.vocabulary])
    return RegexTokenizer(compile_delimiter(spec.delimiter), vocabulary, text.length, text.tensors)


def compile_delimiter(pattern: str) -> re.Pattern[str]:
    """Return the compiled delimiter.

    Raises CardError for anything but one repeated class of characters such as ``[^\\w']+``.
    """
    if not pattern.endswith("+"):
        raise _wrong_characters(pattern)
    return compile_characters(pattern)


def compile_characters(pattern: str) -> re.Pattern[str]:
    """Return a compiled class of characters, or a repeated one.

    Raises CardError for anything else.
    """
    # Python reserves these doubled characters for operations on sets, which RE2 does not know.
    doubled = any(mark in pattern for mark in ("&&", "||", "--", "~~"))
    plain = _CHARACTERS.fullmatch(pattern) and not _RANGE_OF_SPACES.search(pattern)
    if len(pattern) > 200 or doubled or not plain:
        raise _wrong_characters(pattern)
    # Python counts the vertical tab as white space and RE2 does not, so the characters are listed.
    spaces = r"\t\n\f\r "
    pattern = re.sub(r"^\\s(\+?)$", rf"[{spaces}]\1", pattern)
    pattern = re.sub(r"\\(.)", lambda found: spaces if found[1] == "s" else found[0], pattern)
    try:
        return re.compile(pattern, re.ASCII)
    except re.error as error:
        raise CardError(
            f"Expected a delimiter that compiles, got {pattern!r:.60}: {error}."
        ) from error


def _wrong_characters(pattern: str) -> CardError:
    return CardError(
        f"Expected one repeated character class such as [^\\w']+ as delimiter, got {pattern!r:.60}."
    )


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
