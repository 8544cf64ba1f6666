"""Vocabularies, and tokenizers that do not fit theirs: within and beyond what may be."""

from typing import Any

_VECTORIZATION = {
    "kind": "vectorization", "vocabulary": "v.json", "unknown": 1, "split": "whitespace",
}  # fmt: skip
_KERAS = {"kind": "keras_tokenizer", "vocabulary": "v.json"}
_WORDPIECE = {
    "kind": "wordpiece", "vocabulary": "v.txt", "unknown": "[UNK]", "start": "[CLS]",
    "end": "[SEP]", "pad": "[PAD]", "prefix": "##", "word_length": 100,
}  # fmt: skip
_LIST = b'["", "[UNK]", "good"]'
_PIECES = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\n"
_FACE = "\U0001f642".encode()


def _text(tokenizer: dict[str, Any], length: int = 8, **fields: Any) -> dict[str, Any]:
    return {"kind": "text", "length": length, "tokenizer": tokenizer, **fields}


def _step(**fields: str) -> dict[str, Any]:
    return {**_VECTORIZATION, "standardize": [{"step": "replace", "by": "", **fields}]}


def _marked(**fields: Any) -> dict[str, Any]:
    return {**_VECTORIZATION, "output": "multi_hot", **fields}


_LISTS: tuple[tuple[str, bytes], ...] = (
    ("three tokens", _LIST),
    ("nulls", b'[null, null, "a"]'),
    ("nulls alone", b"[null]"),
    ("escapes", b'["\\u0061", "\\ud83d\\ude42", "\\n", "\\u0000"]'),
    ("white space around", b' \n["a"]\r\n\t'),
    ("no tokens", b"[]"),
    ("a token twice", b'["a", "b", "a"]'),
    ("a token twice, spelled in two ways", b'["a", "\\u0061"]'),
    ("two forms of one letter", '["\u00e9", "e\u0301"]'.encode()),
    ("an object", b'{"a": 0}'),
    ("a text", b'"a"'),
    ("a number among the tokens", b'["a", 1]'),
    ("true among the tokens", b'["a", true]'),
    ("a list among the tokens", b'["a", ["b"]]'),
    ("half of a surrogate pair", b'["a", "\\ud83d"]'),
    ("NaN", b'["a", NaN]'),
    ("a comma at the end", b'["a",]'),
    ("a second value", b'["a"] ["b"]'),
    ("a byte order mark", b'\xef\xbb\xbf["a"]'),
    ("other bytes than UTF-8", b'["\xff"]'),
    ("UTF-16", '["a"]'.encode("utf-16")),
    ("nothing", b""),
    ("lines", _PIECES),
    ("a token of 200 characters", b'["' + _FACE * 200 + b'"]'),
    ("a token of 201 characters", b'["' + _FACE * 201 + b'"]'),
)
_LINES: tuple[tuple[str, bytes], ...] = (
    ("five lines", _PIECES),
    ("no line feed at the end", _PIECES[:-1]),
    ("one line feed too many", _PIECES + b"\n"),
    ("two line feeds too many", _PIECES + b"\n\n"),
    ("carriage returns", _PIECES.replace(b"\n", b"\r\n")),
    ("one carriage return", _PIECES + b"bad\r\n"),
    ("spaces in a token", _PIECES + b"not bad \n"),
    ("other ends of lines", _PIECES + "a\u2028b\x0bc\x0cd\x85\n".encode()),
    ("NUL", _PIECES + b"\x00\n"),
    ("a byte order mark", b"\xef\xbb\xbf" + _PIECES),
    ("a byte order mark behind", _PIECES + b"\xef\xbb\xbf\n"),
    ("a token twice", _PIECES + b"good\n"),
    ("other bytes than UTF-8", _PIECES + b"\xff\n"),
    ("a surrogate in UTF-8", _PIECES + b"\xed\xa0\x80\n"),
    ("nothing", b""),
    ("a token of 200 characters", _PIECES + _FACE * 200),
    ("a token of 201 characters", _PIECES + _FACE * 201),
    *(
        (f"no {token.decode()}", _PIECES.replace(token + b"\n", b""))
        for token in (b"[PAD]", b"[UNK]", b"[CLS]", b"[SEP]")
    ),
)

REFUSED: tuple[tuple[str, dict[str, Any], bytes], ...] = (
    *((f"a list: {what}", _text(_KERAS), content) for what, content in _LISTS),
    *((f"lines: {what}", _text(_WORDPIECE), content) for what, content in _LINES),
    ("a token twice, for vectorization", _text(_VECTORIZATION), b'["a", "a"]'),
    ("an unknown id beyond the list", _text({**_VECTORIZATION, "unknown": 999_999}), _LIST),
    ("a padding beyond the list", _text({**_KERAS, "pad": 999_999}), _LIST),
    ("marked, length 3", _text(_marked(), 3), _LIST),
    ("marked, an id beyond the length", _text(_marked(), 2), _LIST),
    ("marked, a null beyond the length", _text(_marked(), 2), b'["", "a", null]'),
    ("marked, unknown beyond the length", _text(_marked(unknown=3), 3), _LIST),
    ("counted, an id beyond the length", _text(_marked(output="count"), 2), _LIST),
    ("marked, two tensors", _text(_marked(), tensors=["ids", "mask"]), _LIST),
    ("two tensors", _text(_VECTORIZATION, tensors=["ids", "mask"]), _LIST),
    *(
        (f"characters: {each!a}", _text(_step(characters=each)), _LIST)
        for each in (
            r"\w", r"\W+", r"\s", r"\s+", "[a]", "[^a]+", "[a-z", "a", "a+", "[]", "[^]", "[^]+",
            "[]]", r"[\]]", r"[\^\-]", r"[\S]", r"\S", r"\b", ".", "[a]*", "[a]?", "[a]{2}", "(a)+",
            "[a][b]", "[z-a]", "[a&&b]", r"[\s-z]", r"[\w-z]", "\\", "[\\", "[[:alpha:]]", "[a]++",
            " ", "+",
            "[" + "a" * 198 + "]",
        )
    ),
    ("a length for start and end", _text(_WORDPIECE, 2), _PIECES),
    ("a length for the start alone", _text(_WORDPIECE, 1), _PIECES),
    ("a length for no start", _text({**_WORDPIECE, "end": "[CLS]"}, 1), _PIECES),
    ("a special that is there", _text({**_WORDPIECE, "specials": ["good"]}), _PIECES),
    ("a special that is not there", _text({**_WORDPIECE, "specials": ["[MASK]"]}), _PIECES),
    ("one token for all", _text({**_WORDPIECE, **dict.fromkeys(
        ("unknown", "start", "end", "pad"), "good")}), _PIECES),
)  # fmt: skip
"""What it is, the ``input`` of a card, and the content of its vocabulary"""
