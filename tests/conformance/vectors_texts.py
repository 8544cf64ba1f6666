"""What the runtime makes of each text at every form of delimiter."""

from conformance.vector_files import Vectors
from satchel.errors import CardError
from satchel.preprocessing.tokenizers.regex import (
    PAD,
    START,
    UNKNOWN,
    RegexTokenizer,
    compile_delimiter,
    parse_vocabulary,
)

DELIMITERS = (
    r"\w+", r"\W+", r"\d+", r"\D+", r"\s+",
    r"[^\w']+", r"[^\w]+", r"[\w]+", r"[\W_]+", r"[^\d.]+", r"[\s,.!?]+", r"[^a-zA-Z]+",
    r"[aeiou]+", r"[^aeiou]+", r"[\]\[\^\\\-]+", r"[^\]\[\^\\\-]+", r"[-/]+", r"[.*+?(){}|$]+",
    r"[a^]+", r"[\d-]+", "[\u4e00-\u9fff]+", "[\U0001f600-\U0001f64f]+", "[^\U0001f642]+",
    "[\u0301]+", "[\x00 ]+", "[ \t]+", "[#&~ ]+",
)  # fmt: skip
"""Every kind of item that docs/bundle.md allows, alone, negated and beside others"""

REFUSED = (
    "", "+", "a+", "[a]", r"\w", r"\w*", r"\w+?", r"(\w+)+", "[]+", "[^]+", "[a]b+", r"[a\s+",
    r"\S+", r"[\S]+", r"[\t]+", r"[\x41]+", r"\b+", r"[[a]]+", "[z-a]+", r"[\w-z]+", r"[a-\d]+",
    r"[\s-a]+", r"[!-\s]+", "[a&&b]+", "[a||b]+", "[a--b]+", "[a~~b]+",
    "[" + "a" * 198 + "]+", ".+", r"\p{L}+", "[a]+\n",
)  # fmt: skip

TEXTS = (
    "",
    "a",
    "Good, not bad.",
    "don't don\u2019t it''s",
    "tabs\tand\nlines\r\nand\x0bvertical\x0cform feed",
    "caf\u00e9 na\u00efve stra\u00dfe \u0130stanbul",
    "cafe\u0301 e\u0301\u0301 \u0301",
    "\U0001f642 ok\U0001f642ok \U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u202eabc\u202c 123",
    "\u4e2d\u6587 and \u65e5\u672c\u8a9e\u3002",
    " \t\n",
    "...,,,!!!",
    "a\x00b\x00 c",
    "\x00",
    "x\ud800y \udfff z\ud83d",
    "\u00a0no\u2003break\u2028line\u0085next\ufeff",
    "1234 5.6 -7 1e9 \u0661\u0662 \u00b2 \uff11",
    r"a-b/c [d] ^e^ \f\ {g} (h) i|j k*l+m?n $o #p &q ~r",
    "<PAD> <START> <UNKNOWN>",
    "_under_score __init__",
    "UPPER lower Mixed",
    "trailing, ",
    " leading",
)
"""Of every script and kind of character that splits or counts in another way somewhere"""

_LONGER = (
    *((r"[^\w']+", "Good, not bad. ", 2, length) for length in (1, 2, 3, 64)),
    # 10,000 words, of which a reader looks at no more than it needs.
    (r"[^\w']+", "good bad ", 5000, 64),
    (r"[^\w']+", "good bad ", 600, 1300),
    (r"\s+", " ", 10_000, 8),
    (r"[^a]+", "b" * 100, 1000, 8),
    (r"[^\w']+", "a" * 200, 1, 4),
    (r"[^\w']+", "a" * 201, 1, 4),
    (r"[b]+", "\U0001f642" * 200, 1, 4),
    (r"[b]+", "\U0001f642" * 201, 1, 4),
)
"""Delimiter, text, how often the text is repeated, and length"""

LENGTH = 12
_LEFT_OUT = 7
"""Each seventh token is none of the vocabulary's"""


def write_texts(out: Vectors) -> None:
    """Write ``texts.json`` and the vocabulary that all its cases share."""
    vocabulary = _vocabulary()
    place = out.binary("vocabulary.txt", vocabulary)
    words = parse_vocabulary(vocabulary)

    def ids(delimiter: str, text: str, length: int) -> list[int]:
        return RegexTokenizer(compile_delimiter(delimiter), words, length)(text)[0].tolist()

    out.json(
        "texts",
        {
            "vocabulary": place,
            "texts": TEXTS,
            "length": LENGTH,
            "delimiters": [
                {"delimiter": each, "ids": [ids(each, text, LENGTH) for text in TEXTS]}
                for each in DELIMITERS
            ],
            "longer": [
                {
                    "delimiter": delimiter,
                    "text": text,
                    "times": times,
                    "length": length,
                    "ids": ids(delimiter, text * times, length),
                }
                for delimiter, text, times, length in _LONGER
            ],
            "refused": [{"delimiter": each, "error": _refusal(each)} for each in REFUSED],
        },
    )


def _vocabulary() -> bytes:
    """Return lines for most tokens of the cases, so that another split gives other ids."""
    tokens: dict[str, None] = {"a" * 200: None, "\U0001f642" * 200: None}
    for delimiter in DELIMITERS:
        for text in TEXTS:
            found = compile_delimiter(delimiter).split(text)
            tokens |= dict.fromkeys(token for token in found if _fits(token))
    kept = [token for at, token in enumerate(tokens) if at % _LEFT_OUT]
    ids = {PAD: 0, START: 1, UNKNOWN: 2}
    for token in kept:
        # Spellings that share an id, as a vocabulary may have them.
        ids.setdefault(token, ids.get(token.lower(), len(ids)))
    return "".join(f"{token} {at}\n" for token, at in ids.items()).encode()


def _fits(token: str) -> bool:
    plain = not any("\ud800" <= character <= "\udfff" for character in token)
    return plain and token != "" and " " not in token and "\n" not in token


def _refusal(delimiter: str) -> str | None:
    try:
        compile_delimiter(delimiter)
    except CardError as error:
        return type(error).__name__
    return None
