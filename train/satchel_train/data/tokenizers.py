"""Makes a tokenizer of each kind, and its vocabulary, from the texts of a training."""

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from satchel import limits
from satchel.bundle import TextInput, TokenizerSpec
from satchel.preprocessing import (
    KerasTokenizerSpec,
    RegexSpec,
    SentencePieceSpec,
    StandardizeStep,
    VectorizationSpec,
    WordPieceSpec,
    open_tokenizer,
)
from satchel_train.data.tokenizer_kinds import TokenizerKind
from satchel_train.data.vocabulary import DELIMITER, SPECIAL, frequent_words, vocabulary_file
from satchel_train.data.wordpieces import frequent_pieces, pieces_file
from satchel_train.errors import SettingsError

LINES, LISTED, MODEL = "vocabulary.txt", "vocabulary.json", "tokenizer.model"
"""The names of a vocabulary of lines, of one in JSON and of a SentencePiece model."""

_PUNCTUATION = r"""[!-/:-@\[-`{-~]"""
"""The characters that TextVectorization removes: the punctuation of ASCII."""
_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""The characters that Keras's Tokenizer takes for spaces, unless it is told others."""
_UNKNOWN = "[UNK]"
_START = 2
"""The id of SentencePiece in front of every text."""


class MadeTokenizer(NamedTuple):
    """A tokenizer as a card describes it, with what a model needs to know of it."""

    spec: TokenizerSpec
    vocabulary: bytes
    """The content of the one file that the tokenizer needs."""
    ids: int
    """The number of ids; 0 is padding, which stands behind the text."""
    has_start: bool
    """Whether every text has a token in front. If not, a text may have no token at all."""


def make_tokenizer(
    kind: TokenizerKind, texts: Sequence[str], *, words: int, seed: int
) -> MadeTokenizer:
    """Return a tokenizer of the most frequent words or pieces of the texts, about ``words``.

    The same texts and seed give the same tokenizer. Raises SettingsError if a package is missing.
    """
    return _MAKERS[kind](texts, words, seed)


def _regex(texts: Sequence[str], words: int, _seed: int) -> MadeTokenizer:
    found = frequent_words(texts, at_least=2, at_most=words)
    spec = RegexSpec(DELIMITER, LINES)
    return MadeTokenizer(spec, vocabulary_file(found), len(SPECIAL) + len(found), has_start=True)


def _vectorization(texts: Sequence[str], words: int, _seed: int) -> MadeTokenizer:
    steps = (StandardizeStep("lower"), StandardizeStep("replace", characters=_PUNCTUATION, by=""))
    spec = VectorizationSpec(LISTED, unknown=1, standardize=steps, split="whitespace")
    return _listed(spec, texts, words, first=("", _UNKNOWN))


def _keras_tokenizer(texts: Sequence[str], words: int, _seed: int) -> MadeTokenizer:
    spec = KerasTokenizerSpec(
        LISTED, filters=_FILTERS, unknown=1, padding="post", truncating="post"
    )
    return _listed(spec, texts, words, first=(None, _UNKNOWN))


def _listed(
    spec: VectorizationSpec | KerasTokenizerSpec,
    texts: Sequence[str],
    words: int,
    *,
    first: Sequence[str | None],
) -> MadeTokenizer:
    """Return the tokenizer ``spec`` with ``first`` and the most frequent tokens of the texts."""
    splitter: Any = open_tokenizer(TextInput(1, spec), {LISTED: _json([*first])})
    counts = Counter(token for text in texts for token in splitter.tokens(text))
    frequent = [
        token
        for token, count in counts.items()
        if count >= 2 and len(token) <= limits.MAX_TOKEN_LENGTH and token != _UNKNOWN
    ]
    kept = sorted(frequent, key=lambda token: (-counts[token], token))[:words]
    return MadeTokenizer(spec, _json([*first, *kept]), len(first) + len(kept), has_start=False)


def _json(tokens: Sequence[str | None]) -> bytes:
    return (json.dumps(tokens, ensure_ascii=False, indent=0) + "\n").encode()


def _wordpiece(texts: Sequence[str], words: int, _seed: int) -> MadeTokenizer:
    found = frequent_pieces(texts, at_most=words)
    spec = WordPieceSpec(LINES, lower=True, strip_accents=True)
    return MadeTokenizer(spec, pieces_file(found), len(found), has_start=True)


def _sentencepiece(texts: Sequence[str], words: int, seed: int) -> MadeTokenizer:
    try:
        import sentencepiece
    except ImportError as error:
        raise SettingsError(
            "Expected the package sentencepiece for this tokenizer, got none:"
            " pip install sentencepiece."
        ) from error
    sentencepiece.set_random_generator_seed(seed)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=words,
        # The number of pieces is a wish: few texts have fewer.
        hard_vocab_limit=False,
        # Several threads add up floats in another order each time.
        num_threads=1,
        minloglevel=2,
        pad_id=0,
        unk_id=1,
        bos_id=_START,
        eos_id=3,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    spec = SentencePieceSpec(MODEL, start=_START)
    return MadeTokenizer(spec, model.getvalue(), int(processor.get_piece_size()), has_start=True)


_MAKERS: Mapping[TokenizerKind, Callable[[Sequence[str], int, int], MadeTokenizer]] = {
    "regex": _regex,
    "vectorization": _vectorization,
    "keras_tokenizer": _keras_tokenizer,
    "wordpiece": _wordpiece,
    "sentencepiece": _sentencepiece,
}
