"""Makes the vocabulary of a WordPiece tokenizer from texts, with Hugging Face's trainer.

Source: ``WordPieceTrainer`` of https://github.com/huggingface/tokenizers.
"""

from collections.abc import Sequence
from typing import Any

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
"""The tokens that a text does not hold. The id of the padding is 0."""
PREFIX = "##"
"""Stands in front of a piece that continues a word."""


def frequent_pieces(texts: Sequence[str], *, at_most: int) -> list[str]:
    """Return SPECIAL and the pieces of lower-case words, at most ``at_most`` tokens.

    Accents are left out. The same texts give the same pieces in the same order.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL[1]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # The trainer would number the characters that continue words in the order of a hash table with
    # a new seed each time. Given as special tokens, they come in this order.
    continuing = [f"{PREFIX}{character}" for character in _continuing(tokenizer, texts)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=at_most,
        min_frequency=2,
        show_progress=False,
        special_tokens=[*SPECIAL, *continuing],
        continuing_subword_prefix=PREFIX,
    )
    tokenizer.train_from_iterator(texts, trainer)
    ids = tokenizer.get_vocab(with_added_tokens=False)
    return sorted(ids, key=lambda piece: int(ids[piece]))


def pieces_file(pieces: Sequence[str]) -> bytes:
    """Return the vocabulary file: a token on each line, whose number from 0 is its id."""
    return "".join(f"{piece}\n" for piece in pieces).encode()


def _continuing(tokenizer: Any, texts: Sequence[str]) -> list[str]:
    """Return the characters of the texts that may stand inside a word, sorted."""
    normalize = tokenizer.normalizer.normalize_str
    characters = sorted(set().union(*(normalize(text) for text in texts)))
    # Punctuation and Chinese characters are words of their own, behind any other character.
    behind_another = normalize(" ".join(f"a{each}" for each in characters))
    words = tokenizer.pre_tokenizer.pre_tokenize_str(behind_another)
    return [word[1:] for word, _ in words if len(word) == 2]
