"""Chance texts of all scripts, chance tokenizers, and what the runtime makes of them."""

import base64
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from conformance.vectors_tokenizers import SPECIAL, parsed, rows_of
from satchel.bundle.text_input import TextInput
from satchel.preprocessing.tokenizers.bert_characters import BertCharacters
from satchel.preprocessing.tokenizers.keras_tokenizer import KerasTokenizer
from satchel.preprocessing.tokenizers.vectorization import VectorizationTokenizer

TEXTS = 4
"""For each tokenizer"""
LENGTH = 16
_PIECES = 12
"""The largest number of pieces in a text"""
_COMMON = (
    " ", " ", " ", "  ", "\t", "\n", "\x0b", "\u00a0", ".", ", ", "!", "'", "-", "--", "_", "$&",
    "good", "Good", "BAD", "don't", "<br />", "<BR/>", "[MASK]", "[MASK", "##ing", "ing", "1234",
    "caf\u00e9", "cafe\u0301", "\u0301", "\u0323\u0302", "\u0130", "I", "\u00df", "\u1e9e",
    "\u03a3", "\u03a3", "\u039f\u03a3", "\u01c4", "\ufb01", "\u4e2d\u6587", "\ud55c", "\u304c",
    "\U0001f642",
    "\U0001f468\u200d\U0001f467", "\x00", "\x7f", "\u200b", "\ufeff", "\ufffd", "\u212b", "\u302e",
)  # fmt: skip
_CLASSES = (
    "[!-/]", "[^a-z ]+", "[^a-z ]", r"\W+", r"\W", r"\d", r"\s+", r"[\s.]", "[\u0300-\u036f]",
    "[\u4e00-\u9fff]+", "[\U0001f300-\U0001f6ff]", r"[\]\[\\]", "[$&]",
)  # fmt: skip


def tokenizers(count: int, chance: Random) -> Iterator[dict[str, Any]]:
    """Yield the ``input`` of a card, its vocabulary, texts, and the rows of each text."""
    for _ in range(count):
        name, make = chance.choice(tuple(_KINDS.items()))
        texts = [chance_text(chance, assigned=name == "keras_tokenizer") for _ in range(TEXTS)]
        fields = make(chance)
        content = _vocabulary(parsed(fields), texts, chance)
        yield {
            "input": fields,
            "vocabulary": base64.b64encode(content).decode(),
            "texts": texts,
            "rows": [
                rows_of(fields, {fields["tokenizer"]["vocabulary"]: content}, text)
                for text in texts
            ],
        }


def chance_text(chance: Random, *, assigned: bool) -> str:
    """Return a text of common pieces, and of characters anywhere in Unicode.

    With ``assigned``, all of its characters are known to this Python, whose lower case may be of
    another Unicode version than that of a port.
    """
    pieces = [
        chance.choice(_COMMON) if chance.random() < 0.6 else _characters(chance, assigned)
        for _ in range(chance.randint(0, _PIECES))
    ]
    return "".join(pieces)


def _characters(chance: Random, assigned: bool) -> str:
    """Return one to four characters that stand near each other in Unicode."""
    end = chance.choice((0x250, 0x3000, 0x10000, 0x20000, 0x110000))
    first = chance.randrange(0xA0, end)
    near = [min(first + chance.randrange(60), 0x10FFFF) for _ in range(chance.randint(1, 4))]
    return "".join(
        chr(code)
        for code in near
        if not 0xD800 <= code < 0xE000
        and not (assigned and unicodedata.category(chr(code)) == "Cn")
    )


def _vectorization(chance: Random) -> dict[str, Any]:
    split = chance.choice(("whitespace", "whitespace", "character", "none"))
    output = chance.choice(("int", "int", "multi_hot", "count"))
    widths = [1] if split == "none" else chance.choices((1, 2, 3), k=chance.randint(1, 2))
    spec = {
        "kind": "vectorization",
        "vocabulary": "listed.json",
        "unknown": chance.randrange(3),
        "split": split,
        "standardize": [_step(chance) for _ in range(chance.randrange(4))],
        "ngrams": widths,
        "output": output,
    }
    return {"kind": "text", "length": LENGTH if output == "int" else 64, "tokenizer": spec}


def _step(chance: Random) -> dict[str, str]:
    if chance.random() < 0.4:
        return {"step": "lower"}
    by = chance.choice(("", " ", "$1", "\\", "ab"))
    if chance.random() < 0.4:
        return {"step": "replace", "text": chance.choice(("<br />", " ", "aa", ".", "$")), "by": by}
    return {"step": "replace", "characters": chance.choice(_CLASSES), "by": by}


def _keras(chance: Random) -> dict[str, Any]:
    spec = {
        "kind": "keras_tokenizer",
        "vocabulary": "listed.json",
        "unit": chance.choice(("word", "word", "character")),
        "lower": chance.random() < 0.7,
        "filters": chance.choice(("", "!.,", "<>/\t\n", "a\u00e9\U0001f642")),
        "separator": chance.choice((" ", " ", "--", "o")),
        "pad": chance.randrange(3),
        "padding": chance.choice(("pre", "post")),
        "truncating": chance.choice(("pre", "post")),
    }
    unknown = {"unknown": 1} if chance.random() < 0.5 else {}
    return {"kind": "text", "length": chance.randint(1, LENGTH), "tokenizer": {**spec, **unknown}}


def _wordpiece(chance: Random) -> dict[str, Any]:
    flags = {name: chance.random() < 0.6 for name in ("lower", "strip_accents", "clean", "chinese")}
    marks = {"unknown": "[UNK]", "pad": "[PAD]", "start": "[CLS]", "end": "[SEP]"}
    spec = {
        "kind": "wordpiece",
        "vocabulary": "pieces.txt",
        **flags,
        **marks,
        "prefix": chance.choice(("##", "##", "")),
        "word_length": chance.choice((100, 100, 4)),
        "specials": chance.choice(([], ["[MASK]"], ["[MASK", "[MASK]"])),
    }
    tensors = chance.choice((["ids"], ["ids", "mask"], ["ids", "segments", "mask"]))
    length = chance.randint(2, LENGTH)
    return {"kind": "text", "length": length, "tokenizer": spec, "tensors": tensors}


_KINDS: Mapping[str, Callable[[Random], dict[str, Any]]] = {
    "vectorization": _vectorization,
    "keras_tokenizer": _keras,
    "wordpiece": _wordpiece,
}


def _vocabulary(input_spec: TextInput, texts: Sequence[str], chance: Random) -> bytes:
    """Return a vocabulary of some of the tokens of the texts."""
    spec: Any = input_spec.tokenizer
    if spec.kind == "wordpiece":
        return _pieces(spec, texts, chance)
    kinds = {"vectorization": VectorizationTokenizer, "keras_tokenizer": KerasTokenizer}
    tokenizer = kinds[spec.kind](spec, {}, 1)
    tokens = dict.fromkeys(token for text in texts for token in tokenizer.tokens(text))
    kept = [token for token in tokens if token and chance.random() < 0.8 and len(token) <= 200]
    return json.dumps(["", None, *kept][:64]).encode()


def _pieces(spec: Any, texts: Sequence[str], chance: Random) -> bytes:
    split = BertCharacters(
        lower=spec.lower,
        strip_accents=spec.strip_accents,
        clean=spec.clean,
        chinese=spec.chinese,
    )
    pieces = dict.fromkeys([*SPECIAL, "[MASK"])
    for word in (word for text in texts for word in split.words(text)):
        if chance.random() < 0.9:
            at = chance.randint(1, len(word))
            pieces |= dict.fromkeys([word[:at], f"##{word[at:]}"])
    # A line feed would be a line of its own.
    return "".join(f"{piece}\n" for piece in pieces if piece and "\n" not in piece).encode()
