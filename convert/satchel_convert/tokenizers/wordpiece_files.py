"""Reads WordPiece tokenizers: Hugging Face's ``tokenizer.json`` and the ``vocab.txt`` of BERT.

Source: https://github.com/huggingface/tokenizers; ``tokenization.py`` of
https://github.com/google-research/bert.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from satchel.bundle import Json
from satchel.preprocessing import WordPieceSpec
from satchel_convert.errors import ModelFolderError
from satchel_convert.tokenizers.found import LINES, FoundTokenizer, by_id

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The special tokens of BERT's vocabularies"""
_NEEDED = ("[UNK]", "[CLS]", "[SEP]", "[PAD]")
_PADS = ("[PAD]", "<pad>")
_KEPT_ACCENTS = 1e-3
"""The share of tokens with accents above which a vocabulary was made of texts with accents: one
without them has a few stray characters"""


def is_hugging_face(values: Json) -> bool:
    """Return whether JSON is a ``tokenizer.json`` of Hugging Face."""
    return isinstance(values, dict) and isinstance(values.get("model"), dict)


def read_hugging_face(values: Mapping[str, Json], name: str) -> FoundTokenizer:
    """Return the tokenizer of a ``tokenizer.json``.

    Raises ModelFolderError for any other than BERT's WordPiece, with the name of what is other.
    """
    model: Any = values["model"]
    if model.get("type") != "WordPiece":
        kind = model.get("type") or "a model without a type"
        raise _other(name, "the model", kind, "WordPiece")
    start, end = _template(values.get("post_processor"), name)
    vocabulary = model.get("vocab")
    if not isinstance(vocabulary, dict) or not vocabulary:
        raise ModelFolderError(f"Expected a vocabulary in {name!r}, got {vocabulary!r:.60}.")
    added = _added(values.get("added_tokens"), name)
    tokens = by_id({**vocabulary, **added}, name)
    if None in tokens:
        raise ModelFolderError(
            f"Expected a token for each id in {name!r}, got none for {tokens.index(None)}."
        )
    length = _truncation(values.get("truncation"), name)
    padding, pad = _padding(values.get("padding"), name)
    if None not in (length, padding) and length != padding:
        raise ModelFolderError(
            f"Expected one length in {name!r}, got {length} for truncation and {padding} for"
            " padding."
        )
    lower, strip_accents, clean, chinese = _normalizer(values.get("normalizer"), name)
    _check_kind(values.get("pre_tokenizer"), "BertPreTokenizer", name, "the pre-tokenizer")
    spec = WordPieceSpec(
        vocabulary=LINES,
        lower=lower,
        strip_accents=strip_accents,
        clean=clean,
        chinese=chinese,
        unknown=_text(model, "unk_token", "[UNK]", name),
        start=start,
        end=end,
        pad=pad or _known_pad(vocabulary, name),
        prefix=_text(model, "continuing_subword_prefix", "##", name),
        word_length=_number(model, "max_input_chars_per_word", 100, name),
        specials=tuple(added),
    )
    return FoundTokenizer(
        spec, {LINES: _lines(tokens, name)}, f"WordPiece in {name!r}", length or padding
    )


def is_bert_vocabulary(lines: Sequence[str]) -> bool:
    """Return whether the lines of a file are the ``vocab.txt`` of BERT."""
    return set(_NEEDED) <= set(lines)


def read_bert_vocabulary(lines: Sequence[str], name: str) -> FoundTokenizer:
    """Return the tokenizer of a ``vocab.txt``; raises ModelFolderError for a token that repeats.

    Whether it is in lower case and has lost its accents shows in its tokens: with either, there
    would be none with a capital or an accent.
    """
    words = [line for line in lines if not (line.startswith("[") and line.endswith("]"))]
    lower = not any("A" <= character <= "Z" for word in words for character in word)
    accents = sum(_has_accent(word) for word in words)
    strips = lower and accents <= _KEPT_ACCENTS * len(words)
    spec = WordPieceSpec(
        vocabulary=LINES,
        lower=lower,
        strip_accents=strips,
        clean=True,
        chinese=True,
        specials=tuple(token for token in SPECIALS if token in lines),
    )
    case = "lower case" if lower else "upper and lower case"
    kept = "without accents" if strips else "accents kept"
    source = f"BERT's vocabulary in {name!r}: {case}, {kept}, as its tokens show"
    return FoundTokenizer(spec, {LINES: _lines(list(lines), name)}, source)


def _normalizer(value: Any, name: str) -> tuple[bool, bool, bool, bool]:
    """Return lower, strip_accents, clean and chinese."""
    if value is None:
        return False, False, False, False
    if isinstance(value, dict) and value.get("type") == "Sequence":
        inner = value.get("normalizers")
        value = inner[0] if isinstance(inner, list) and len(inner) == 1 else value
    _check_kind(value, "BertNormalizer", name, "the normalizer")
    lower = _flag(value, "lowercase", True, name)
    accents = value.get("strip_accents")
    strips = lower if accents is None else _flag(value, "strip_accents", True, name)
    clean = _flag(value, "clean_text", True, name)
    return lower, strips, clean, _flag(value, "handle_chinese_chars", True, name)


def _template(value: Any, name: str) -> tuple[str | None, str | None]:
    """Return the tokens in front of and behind a text."""
    if value is None:
        return None, None
    if isinstance(value, dict) and value.get("type") == "BertProcessing":
        ends = [pair[0] for pair in (value.get("cls"), value.get("sep")) if isinstance(pair, list)]
        if len(ends) == 2 and all(isinstance(token, str) for token in ends):
            return ends[0], ends[1]
    _check_kind(value, "TemplateProcessing", name, "the post-processor")
    parts = value.get("single")
    words = [_part(part) for part in parts] if isinstance(parts, list) else []
    if words.count(None) != 1 or len(words) > 3:
        raise _other(name, "the template", f"{len(words)} parts", "[CLS] text [SEP]")
    at = words.index(None)
    if at > 1 or len(words) - at > 2:
        raise _other(name, "the template", str(words), "[CLS] text [SEP]")
    start = words[0] if at else None
    return start, words[-1] if len(words) - at > 1 else None


def _part(part: Any) -> str | None:
    """Return the special token of a template's part; None for the text."""
    special = part.get("SpecialToken") if isinstance(part, dict) else None
    return str(special.get("id")) if isinstance(special, dict) else None


def _added(value: Any, name: str) -> dict[str, Any]:
    """Return the tokens that a text may hold as they are, with their ids."""
    found: dict[str, Any] = {}
    for each in value or ():
        if not isinstance(each, dict) or not isinstance(each.get("content"), str):
            raise ModelFolderError(f"Expected added tokens in {name!r}, got {each!r:.60}.")
        for key in ("single_word", "lstrip", "rstrip", "normalized"):
            if each.get(key):
                raise _other(name, f"the added token {each['content']!r:.60}", key, "no such rule")
        found[each["content"]] = each.get("id")
    return found


def _truncation(value: Any, name: str) -> int | None:
    if value is None:
        return None
    if value.get("direction", "Right") != "Right":
        raise _other(name, "the truncation", "from the left", "from the right")
    return _number(value, "max_length", 0, name)


def _padding(value: Any, name: str) -> tuple[int | None, str | None]:
    """Return the length of padding, and the token that pads."""
    if value is None:
        return None, None
    if value.get("direction", "Right") != "Right":
        raise _other(name, "the padding", "on the left", "on the right")
    strategy = value.get("strategy")
    fixed = _number(strategy, "Fixed", 0, name) if isinstance(strategy, dict) else None
    return fixed, _text(value, "pad_token", "[PAD]", name)


def _known_pad(vocabulary: Mapping[str, int], name: str) -> str:
    for token in _PADS:
        if token in vocabulary:
            return token
    raise ModelFolderError(
        f"Expected a token for padding in {name!r}, got neither {' nor '.join(_PADS)}: add it with"
        " enable_padding and save the tokenizer again."
    )


def _check_kind(value: Any, kind: str, name: str, part: str) -> None:
    found = value.get("type") if isinstance(value, dict) else value
    if found != kind:
        raise _other(name, part, str(found), kind)


def _other(name: str, part: str, found: str, expected: str) -> ModelFolderError:
    return ModelFolderError(
        f"Expected a tokenizer of BERT's kind in {name!r}, {part} {expected}, got {found:.60}:"
        " other kinds are not read."
    )


def _flag(values: Mapping[str, Any], key: str, missing: bool, name: str) -> bool:  # noqa: FBT001
    value = values.get(key, missing)
    if not isinstance(value, bool):
        raise ModelFolderError(f"Expected true or false as {key} in {name!r}, got {value!r:.60}.")
    return value


def _text(values: Mapping[str, Any], key: str, missing: str, name: str) -> str:
    value = values.get(key, missing)
    if not isinstance(value, str):
        raise ModelFolderError(f"Expected a text as {key} in {name!r}, got {value!r:.60}.")
    return value


def _number(values: Mapping[str, Any], key: str, missing: int, name: str) -> int:
    value = values.get(key, missing)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ModelFolderError(f"Expected a number as {key} in {name!r}, got {value!r:.60}.")
    return value


def _lines(tokens: Sequence[str | None], name: str) -> bytes:
    broken = next((token for token in tokens if token and "\n" in token), None)
    if broken is not None:
        raise ModelFolderError(f"Expected tokens of one line in {name!r}, got {broken!r:.60}.")
    return ("\n".join(map(str, tokens)) + "\n").encode()


def _has_accent(word: str) -> bool:
    parts = unicodedata.normalize("NFD", word)
    return len(parts) > len(word) and any(unicodedata.category(each) == "Mn" for each in parts)
