"""The texts, the tokenizers and the vocabularies of the vectors of section 5."""

from collections.abc import Mapping
from typing import Any

_PUNCTUATION = "[!\"#$%&()*+,./:;<=>?@\\[\\\\\\]^_`{|}~'\\-]"
"""The characters that Keras's ``strip_punctuation`` takes out"""
_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""The filters of Keras's legacy Tokenizer"""

TEXTS = (
    "",
    " ",
    "Good, not bad.",
    "I hated every minute of it!!!",
    "GOOD good Good gOOD",
    "don't don\u2019t it''s \u201cquoted\u201d",
    "line<br /><br />break <BR /> <b>bold</b> &amp; <br/>",
    "doubled  spaces   and\ttabs\nlines\r\nreturns\x0bvertical\x0cform feed\x1cfs\x1fus",
    "caf\u00e9 na\u00efve stra\u00dfe STRASSE GRO\u1e9eE \u0130stanbul I\u0131i",
    "cafe\u0301 e\u0301\u0301 \u0301 o\u0308\u0323 o\u0323\u0308",
    "\u039f\u0394\u039f\u03a3 \u039f\u0394\u039f\u03a3. \u03a3 \u03a3\u03a3 a\u03a3\u0301",
    "a\u03a3\u0301b \u03a3\u2019 A\u03a3:B",
    "\u01c4 \u01c5 \u01c6 \u01f1 \ufb01sh \ufb03 \u0132 \u01c4\u0301",
    "\U0001f642 ok\U0001f642ok \U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u2764\ufe0f",
    "\U0001f1e9\U0001f1ea flags \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "\u0645\u0631\u062d\u0628\u0627 \u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627",
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd \u202eabc\u202c",
    "\u4e2d\u6587 and \u65e5\u672c\u8a9e\u3002\u3400\u9fff\U00020000\u4e2da\u6587b",
    "\u30ab\u30bf\u30ab\u30ca \u3072\u3089\u304c\u306a \u30ac\u30d1\u304c\u3070",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u094d\u0937 \u09ac\u09be\u0982\u09b2\u09be",
    "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd \u0e44\u0e17\u0e22 \u0f56\u0f7c\u0f51",
    "\u0420\u0443\u0441\u0441\u043a\u0438\u0439 \u0419\u0401\u0407 \u10d0\u10d1 \u1c90\u1c91",
    "\u13a0\uab70 \u0531\u0587 \u12a0\u121b",
    "\U00010400\U00010428 \U0001e900\U0001e922 \U00016e40 \U00010c80 \U000118a0",
    "\u0391\u0313\u0301\u0345 \u1f8a \u1fbc \u1e9b\u0323 \u212b \u2126 \uf900 \U0002f800 \u0344",
    "\u302e\u302f a\u302f\u302eb \U0001d157\U0001d165\U0001d16e \U0001e944\U0001e94a",
    "\U00011935\U00011930 \U00011938 \U000105c9 \u0897\u08e0",
    "a\x00b\x00 c",
    "\x00",
    "\x01\x02\x7f\x80\x85\x9f\xad ctl\u200bzero\u200dwidth\ufeffbom\ufffdodd\ufffe\uffff",
    "\u00a0no\u2003break\u2028line\u2029para\u3000wide\u1680ogham\u180e\u205f",
    "\ue000private \U000f0000\U0010ffff \u0378unassigned \U000e0001",
    "...,,,!!!",
    "\u2026\u3001\u300c\u300d\u2014\u2013 \u00a1\u00bf\u00a7\u00b6 \u055a\u05be\u0964",
    "$1 \\1 ^a^ `b` |c| ~d~ {e} [f] (g) +-*/=<>",
    "1234 5.6 -7 1e9 \u0661\u0662 \u00b2 \uff11 \u2163 \u2173",
    "[CLS] [SEP] [MASK][MASK] [UNK] [MASK [mask] x[MASK]y [MASK2]",
    "#### ##ing ##",
    "unbelievable unbelievably believable believe bel",
    "extra--separated----words -- a-b",
    "UPPER_CASE_AND_UNDERSCORES __init__",
    "\ufeffbegins with a mark",
    "trailing   ",
    "   leading",
    "x\ud800y",
    "\udfff",
)  # fmt: skip
"""Of every script and kind of character that some tokenizer treats in its own way"""

LENGTH = 20


def _vectorization(**fields: Any) -> dict[str, Any]:
    return {"kind": "vectorization", "vocabulary": "listed.json", "unknown": 1, **fields}


def _keras(**fields: Any) -> dict[str, Any]:
    return {"kind": "keras_tokenizer", "vocabulary": "listed.json", **fields}


def _wordpiece(**fields: Any) -> dict[str, Any]:
    marks = {"unknown": "[UNK]", "pad": "[PAD]", "start": "[CLS]", "end": "[SEP]"}
    given = {"prefix": "##", "word_length": 100, **marks, **fields}
    kept = {name: value for name, value in given.items() if value is not None}
    return {"kind": "wordpiece", "vocabulary": "pieces.txt", **kept}


def _characters(pattern: str, by: str = "") -> dict[str, str]:
    return {"step": "replace", "characters": pattern, "by": by}


def _text(text: str, by: str) -> dict[str, str]:
    return {"step": "replace", "text": text, "by": by}


_LOWER = {"step": "lower"}
_KERAS_STEPS = [_LOWER, _characters(_PUNCTUATION)]
_UNCASED = {"lower": True, "strip_accents": True, "clean": True, "chinese": True}
_SPECIALS = ["[MASK]", "[CLS]", "[SEP]", "[MASK2]"]

TOKENIZERS: Mapping[str, dict[str, Any]] = {
    "vectorization: as Keras has it": _vectorization(
        standardize=_KERAS_STEPS, split="whitespace"
    ),
    "vectorization: no steps": _vectorization(split="whitespace", unknown=7),
    "vectorization: lower": _vectorization(standardize=[_LOWER], split="whitespace"),
    "vectorization: tags": _vectorization(
        standardize=[_LOWER, _text("<br />", " "), _characters("[^a-z0-9 ]+", " ")],
        split="whitespace",
    ),
    "vectorization: signs that mean themselves": _vectorization(
        standardize=[
            _text("\U0001f642", "$& $1"), _text("aa", "a"), _characters("[$^]", r"\1 "),
            _characters(r"\s+", "_"), _characters("[\u0300-\u036f]"), _characters(r"\W", " "),
        ],
        split="whitespace",
    ),
    "vectorization: characters": _vectorization(standardize=[_LOWER], split="character"),
    "vectorization: the whole text": _vectorization(standardize=_KERAS_STEPS, split="none"),
    "vectorization: one and two": _vectorization(
        standardize=_KERAS_STEPS, split="whitespace", ngrams=[1, 2]
    ),
    "vectorization: three, one, one": _vectorization(
        standardize=[], split="character", ngrams=[3, 1, 1]
    ),
    "vectorization: ten": _vectorization(split="whitespace", ngrams=[10]),
    "vectorization: marked": _vectorization(
        standardize=_KERAS_STEPS, split="whitespace", output="multi_hot", vocabulary="few.json"
    ),
    "vectorization: counted": _vectorization(
        standardize=[_LOWER], split="character", ngrams=[1, 2], output="count",
        vocabulary="few.json", unknown=0,
    ),
    "keras_tokenizer: as Keras has it": _keras(lower=True, filters=_FILTERS),
    "keras_tokenizer: unknown words": _keras(lower=True, filters=_FILTERS, unknown=1),
    "keras_tokenizer: behind": _keras(
        lower=True, filters=_FILTERS, unknown=1, padding="post", truncating="post", pad=3
    ),
    "keras_tokenizer: in front, then cut behind": _keras(
        filters=".,\U0001f642\u3002", padding="pre", truncating="post"
    ),
    "keras_tokenizer: another separator": _keras(
        lower=True, filters="!?", separator="--", padding="post", unknown=5
    ),
    "keras_tokenizer: characters": _keras(unit="character", lower=True, filters="a", unknown=2),
    "keras_tokenizer: nothing changed": _keras(),
    "wordpiece: uncased": _wordpiece(**_UNCASED),
    "wordpiece: cased": _wordpiece(clean=True, chinese=True),
    "wordpiece: lower with accents": _wordpiece(lower=True, clean=True, chinese=True),
    "wordpiece: accents alone": _wordpiece(strip_accents=True),
    "wordpiece: nothing changed": _wordpiece(),
    "wordpiece: clean alone": _wordpiece(clean=True),
    "wordpiece: Chinese alone": _wordpiece(chinese=True),
    "wordpiece: specials": _wordpiece(**_UNCASED, specials=_SPECIALS),
    "wordpiece: no prefix": _wordpiece(**_UNCASED, prefix=""),
    "wordpiece: short words": _wordpiece(**_UNCASED, word_length=5),
    "wordpiece: no start": _wordpiece(**_UNCASED, start=None),
    "wordpiece: neither start nor end": _wordpiece(**_UNCASED, start=None, end=None, pad="good"),
}  # fmt: skip
"""By name, what a card says of a tokenizer"""

_REGEX = {"kind": "regex", "delimiter": r"[^\w']+", "vocabulary": "vocabulary.txt"}

INPUTS: Mapping[str, dict[str, Any]] = {
    **{
        name: {
            "kind": "text",
            "length": 48 if spec.get("output", "int") != "int" else LENGTH,
            "tokenizer": spec,
        }
        for name, spec in TOKENIZERS.items()
    },
    "wordpiece: ids, mask, segments": {
        "kind": "text", "length": 12, "tokenizer": _wordpiece(**_UNCASED),
        "tensors": ["ids", "mask", "segments"],
    },
    "wordpiece: ids, segments, mask": {
        "kind": "text", "length": 2, "tokenizer": _wordpiece(**_UNCASED),
        "tensors": ["ids", "segments", "mask"],
    },
    "keras_tokenizer: ids and mask": {
        "kind": "text", "length": 6, "tokenizer": _keras(lower=True, unknown=1),
        "tensors": ["ids", "mask"],
    },
    "vectorization: ids and segments": {
        "kind": "text", "length": 6, "tokenizer": _vectorization(split="whitespace"),
        "tensors": ["ids", "segments"],
    },
    "regex: ids and mask": {
        "kind": "text", "length": 6, "tokenizer": _REGEX, "tensors": ["ids", "mask"],
    },
}  # fmt: skip
"""By name, the ``input`` of a card"""

LONGER: tuple[tuple[str, str, int], ...] = (
    *(
        (name, "good bad ", 5000)
        for name in (
            "vectorization: as Keras has it", "vectorization: marked", "vectorization: counted",
            "vectorization: one and two", "keras_tokenizer: as Keras has it",
            "keras_tokenizer: behind", "wordpiece: uncased", "wordpiece: specials",
        )
    ),
    *(
        ("wordpiece: uncased", text, times)
        for text in ("a", "\U0001f642", "\u00e9") for times in (99, 100, 101, 20_000)
    ),
    *(("wordpiece: short words", "a", times) for times in (5, 6)),
    ("wordpiece: uncased", "\u0301", 3000),
    ("wordpiece: uncased", "\x00", 3000),
    ("wordpiece: uncased", ".", 3000),
    ("wordpiece: specials", "[MASK]", 3000),
    ("vectorization: characters", "a\u00e9\U0001f642", 3000),
    ("vectorization: the whole text", "a", 3000),
    ("vectorization: tags", "<br />", 3000),
    ("keras_tokenizer: another separator", "-", 3001),
    ("keras_tokenizer: characters", "\u03a3", 3000),
    ("keras_tokenizer: unknown words", "\u03a3 ", 3000),
)  # fmt: skip
"""The name of an input, a text, and how often the text is repeated"""

FED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("wordpiece: uncased", {"dtype": "int32"}),
    ("wordpiece: uncased", {"dtype": "int64"}),
    ("wordpiece: uncased", {"dtype": "float32"}),
    ("wordpiece: uncased", {"dtype": "int32", "shape": [1, 1, 20, 1]}),
    ("wordpiece: ids, mask, segments", {"dtype": "int32", "rows": [0, 1, 2]}),
    ("wordpiece: ids, mask, segments", {"dtype": "int64", "rows": [1, 2, 0]}),
    ("keras_tokenizer: ids and mask", {"dtype": "float32", "rows": [1, 0]}),
    ("vectorization: marked", {"dtype": "float32"}),
    ("vectorization: marked", {"dtype": "uint8", "scale": 1 / 255, "zero_point": 0}),
    ("vectorization: counted", {"dtype": "int8", "scale": 0.5, "zero_point": -128}),
    ("vectorization: counted", {"dtype": "uint8", "scale": 3.0, "zero_point": 250}),
)  # fmt: skip
"""The name of an input, and the input of a model"""
