"""The kinds of tokenizers that a recipe can make. Nothing heavy is imported here."""

from typing import Literal, get_args

TokenizerKind = Literal["regex", "vectorization", "keras_tokenizer", "wordpiece", "sentencepiece"]
KINDS: tuple[TokenizerKind, ...] = get_args(TokenizerKind)
