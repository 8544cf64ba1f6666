"""The kinds of tokenizers that a card may name. Each is a module, imported when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from satchel.bundle.strict_json import Fields, Json
    from satchel.bundle.text_input import TextInput, TokenizerSpec
    from satchel.preprocessing.tokenizers.tokenizer import Tokenizer

KINDS = ("regex", "vectorization", "keras_tokenizer", "wordpiece", "sentencepiece")


def parse_tokenizer(fields: Fields) -> TokenizerSpec:
    """Return the tokenizer that a card describes; raises CardError."""
    kind = fields.take("kind", str)
    if kind not in KINDS:
        raise fields.wrong("kind", "one of " + ", ".join(KINDS), kind)
    spec: TokenizerSpec = _module(kind).parse(fields)
    return spec


def tokenizer_to_json(spec: TokenizerSpec) -> dict[str, Json]:
    """Return the fields that ``parse_tokenizer`` reads. What is None is left out."""
    values = _plain(spec)
    return {"kind": values.pop("kind"), **values}


def open_tokenizer(text: TextInput, files: Mapping[str, bytes]) -> Tokenizer:
    """Return the tokenizer of a text input; ``files`` holds its vocabulary.

    Raises CardError for a vocabulary that breaks the rules of its kind, InputError for a tokenizer
    that needs a package which is not installed.
    """
    tokenizer: Tokenizer = _module(text.tokenizer.kind).open_tokenizer(text, files)
    return tokenizer


def describe_tokenizer(spec: TokenizerSpec) -> str:
    """Return how the tokenizer makes tokens, in words that follow the number of tokens."""
    words: str = _module(spec.kind).describe(spec)
    return words


def _plain(value: Any) -> Any:
    """Return a NamedTuple, or what it holds, as JSON has it."""
    if hasattr(value, "_asdict"):
        fields = value._asdict().items()
        return {name: _plain(each) for name, each in fields if each is not None}
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _module(kind: str) -> Any:
    return import_module(f"satchel.preprocessing.tokenizers.{kind}")
