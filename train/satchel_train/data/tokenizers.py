"""Makes a tokenizer and its vocabulary from the texts of a training, of the kind that is asked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from satchel.bundle import TokenizerSpec
from satchel.preprocessing import RegexSpec, WordPieceSpec
from satchel_train.data.vocabulary import DELIMITER, SPECIAL, frequent_words, vocabulary_file
from satchel_train.data.wordpieces import frequent_pieces, pieces_file

TokenizerKind = Literal["regex", "wordpiece"]
VOCABULARY = "vocabulary.txt"
"""The name of a vocabulary of lines in a model folder."""


class MadeTokenizer(NamedTuple):
    """A tokenizer as a card describes it, with what a model needs to know of it."""

    spec: TokenizerSpec
    vocabulary: bytes
    """The content of the one file that the tokenizer needs."""
    ids: int
    """The number of ids; 0 is padding."""


def make_tokenizer(kind: TokenizerKind, texts: Sequence[str], *, words: int) -> MadeTokenizer:
    """Return a tokenizer of the most frequent words or pieces of the texts, about ``words``."""
    return _KINDS[kind](texts, words)


def _regex(texts: Sequence[str], words: int) -> MadeTokenizer:
    found = frequent_words(texts, at_least=2, at_most=words)
    spec = RegexSpec(DELIMITER, VOCABULARY)
    return MadeTokenizer(spec, vocabulary_file(found), len(SPECIAL) + len(found))


def _wordpiece(texts: Sequence[str], words: int) -> MadeTokenizer:
    found = frequent_pieces(texts, at_most=words)
    spec = WordPieceSpec(VOCABULARY, lower=True, strip_accents=True)
    return MadeTokenizer(spec, pieces_file(found), len(found))


_KINDS: Mapping[TokenizerKind, Callable[[Sequence[str], int], MadeTokenizer]] = {
    "regex": _regex,
    "wordpiece": _wordpiece,
}
