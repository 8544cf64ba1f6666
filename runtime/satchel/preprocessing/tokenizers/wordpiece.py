"""Turns a text into token ids as BERT's WordPiece does, exactly like Hugging Face ``tokenizers``.

The text is cleaned, put into lower case, stripped of accents and split at white space and
punctuation, by the tables of characters in ``bert_characters.json``. Each word is then cut into the
longest pieces of the vocabulary, from its beginning.

Source: Devlin et al., BERT, 2019, and its ``tokenization.py``; ``BertNormalizer``,
``BertPreTokenizer`` and ``WordPiece`` of https://github.com/huggingface/tokenizers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from satchel import limits
from satchel.bundle.strict_json import is_unicode
from satchel.errors import CardError
from satchel.preprocessing.tokenizers.bert_characters import BertCharacters
from satchel.preprocessing.tokenizers.tokenizer import Tokenizer
from satchel.preprocessing.tokenizers.vocabulary import LINES, parse_lines

if TYPE_CHECKING:
    from satchel.bundle.strict_json import Fields
    from satchel.bundle.text_input import TextInput, TextTensor

MAX_SPECIALS = 1000
MAX_WORD_LENGTH = 1000
REMEMBERED_WORDS = 1 << 16
"""The largest number of words whose pieces are remembered, so that the memory has an end."""
_REMEMBERED_LENGTH = 40


class WordPieceSpec(NamedTuple):
    """The tokenizer ``wordpiece`` of a card."""

    vocabulary: str
    """The name of the file with one token a line, whose number from 0 is its id."""
    lower: bool = False
    """Whether the text becomes lower case."""
    strip_accents: bool = False
    """Whether a letter loses its accents."""
    clean: bool = True
    """Whether control characters are removed, and all white space becomes a space."""
    chinese: bool = True
    """Whether each Chinese character is a word of its own."""
    unknown: str = "[UNK]"
    """The token for a word that has no pieces in the vocabulary."""
    start: str | None = "[CLS]"
    """The token in front of every text. None: no token."""
    end: str | None = "[SEP]"
    """The token behind every text. None: no token."""
    pad: str = "[PAD]"
    """The token that fills a short text up."""
    prefix: str = "##"
    """What stands in the vocabulary in front of a piece that continues a word."""
    word_length: int = 100
    """The number of characters of the longest word that is cut into pieces."""
    specials: tuple[str, ...] = ()
    """The tokens that a text may hold as they are, such as ``[MASK]``: they are not split."""
    kind: Literal["wordpiece"] = "wordpiece"

    @property
    def features(self) -> tuple[str, ...]:
        """The feature that a reader needs for this tokenizer, as a card names it."""
        return ("tokenizer-wordpiece",)

    @property
    def files(self) -> tuple[str, ...]:
        """The name of the vocabulary file."""
        return (self.vocabulary,)


def parse(fields: Fields) -> WordPieceSpec:
    """Return the tokenizer that a card describes; raises CardError."""
    longest = limits.MAX_TOKEN_LENGTH
    specials = fields.texts("specials", missing=())
    plain = all(1 <= len(each) <= longest and is_unicode(each) for each in specials)
    if not plain or len(set(specials)) < len(specials) or len(specials) > MAX_SPECIALS:
        raise fields.wrong("specials", f"at most {MAX_SPECIALS:,} different tokens", specials)
    return WordPieceSpec(
        vocabulary=fields.pattern("vocabulary", LINES),
        lower=fields.flag("lower"),
        strip_accents=fields.flag("strip_accents"),
        clean=fields.flag("clean"),
        chinese=fields.flag("chinese"),
        unknown=fields.text("unknown", 1, longest),
        start=fields.text("start", 1, longest) if "start" in fields.values else None,
        end=fields.text("end", 1, longest) if "end" in fields.values else None,
        pad=fields.text("pad", 1, longest),
        prefix=fields.text("prefix", 0, longest),
        word_length=fields.integer("word_length", 1, MAX_WORD_LENGTH),
        specials=specials,
    )


def describe(spec: WordPieceSpec) -> str:
    """Return how the tokenizer makes tokens, in words that follow the number of tokens."""
    return f"of WordPiece, {'lower' if spec.lower else 'upper and lower'} case"


class WordPieceTokenizer(Tokenizer):
    """Splits a text into words, and words into the pieces of ``vocabulary``.

    Raises CardError for a special token that the vocabulary does not have, and for a length that
    has no room beside the start and the end.
    """

    def __init__(
        self,
        spec: WordPieceSpec,
        vocabulary: Mapping[str, int],
        length: int,
        tensors: Sequence[TextTensor] = ("ids",),
    ) -> None:
        super().__init__(length, tensors)
        named = [each for each in (spec.start, spec.end) if each is not None]
        for token in (spec.unknown, spec.pad, *named, *spec.specials):
            if token not in vocabulary:
                raise CardError(f"Expected {token!r:.60} in the vocabulary, got none.")
        if len(named) > length:
            raise CardError(f"Expected a length of at least {len(named)}, got {length}.")
        self.pad = vocabulary[spec.pad]
        self._start = [] if spec.start is None else [vocabulary[spec.start]]
        self._end = [] if spec.end is None else [vocabulary[spec.end]]
        self._room = length - len(named)
        self._split = BertCharacters(
            lower=spec.lower,
            strip_accents=spec.strip_accents,
            clean=spec.clean,
            chinese=spec.chinese,
        ).words
        self._pieces = _Pieces(spec, vocabulary)
        # The longest comes first, as one token may begin like another.
        specials = sorted(spec.specials, key=len, reverse=True)
        self._specials = re.compile("(" + "|".join(map(re.escape, specials)) + ")")
        self._all = vocabulary
        self._has_specials = bool(specials)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text without padding, at most ``length``."""
        ids: list[int] = []
        if not self._has_specials:
            self._add(text, ids)
        else:
            # Every second part is a special token.
            for at, part in enumerate(self._specials.split(text)):
                if at % 2:
                    ids.append(self._all[part])
                elif part:
                    self._add(part, ids)
        return [*self._start, *ids[: self._room], *self._end]

    @property
    def highest(self) -> int:
        """The highest id."""
        return max(self._all.values())

    def examples(self) -> list[str]:
        """Return words of the vocabulary."""
        return [word for word in self._all if self._split(word) == [word]]

    def spelling(self) -> dict[int, str]:
        """Return the first token that the vocabulary has for each id."""
        return {id_: token for token, id_ in self._all.items()}

    def _add(self, text: str, ids: list[int]) -> None:
        pieces, room = self._pieces, self._room
        for word in self._split(text):
            ids += pieces[word]
            if len(ids) >= room:
                return


class _Pieces(dict[str, list[int]]):
    """The ids of the pieces of each word, which are found when the word is asked for."""

    def __init__(self, spec: WordPieceSpec, vocabulary: Mapping[str, int]) -> None:
        self._first = vocabulary
        prefix = spec.prefix
        self._more = {
            token[len(prefix) :]: id_
            for token, id_ in vocabulary.items()
            if token.startswith(prefix)
        }
        self._longest = max(map(len, vocabulary))
        self._unknown = [vocabulary[spec.unknown]]
        self._word_length = spec.word_length

    def __missing__(self, word: str) -> list[int]:
        found = self._cut(word)
        if len(word) <= _REMEMBERED_LENGTH:
            if len(self) >= REMEMBERED_WORDS:
                self.clear()
            self[word] = found
        return found

    def _cut(self, word: str) -> list[int]:
        if len(word) > self._word_length:
            return self._unknown
        ids: list[int] = []
        start, known = 0, self._first
        while start < len(word):
            for end in range(min(len(word), start + self._longest), start, -1):
                id_ = known.get(word[start:end])
                if id_ is not None:
                    break
            else:
                return self._unknown
            ids.append(id_)
            start, known = end, self._more
        return ids


def open_tokenizer(text: TextInput, files: Mapping[str, bytes]) -> WordPieceTokenizer:
    """Return the tokenizer of a text input; raises CardError for a bad vocabulary."""
    spec: Any = text.tokenizer
    vocabulary = parse_lines(files[spec.vocabulary])
    return WordPieceTokenizer(spec, vocabulary, text.length, text.tensors)
