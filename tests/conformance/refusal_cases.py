"""Cards, golden vectors and vocabularies with one thing changed: within and beyond what may be."""

import copy
import json
from collections.abc import Mapping

MISSING = object()


def changed_card(card: dict, path: str, value: object) -> bytes:
    """Return the card with one field, ``models.0.input.scale``, set or removed."""
    other = copy.deepcopy(card)
    # A file's name has dots of its own.
    *folders, last = path.split(".", 1) if path.startswith("files.") else path.split(".")
    place = other
    for name in folders:
        place = place[int(name) if isinstance(place, list) else name]
    if value is MISSING:
        place.pop(last, None)
    else:
        place[last] = value
    return json.dumps(other).encode()


SPELLINGS = {
    "15 levels and a number": b"[" * 14 + b"1" + b"]" * 14,
    "16 levels, the last empty": b"[" * 15 + b"]" * 15,
    "16 levels and a number": b"[" * 15 + b"1" + b"]" * 15,
    "17 levels, the last empty": b"[" * 16 + b"]" * 16,
    "15 objects and a text": b'{"a":' * 14 + b'""' + b"}" * 14,
    "16 objects and a text": b'{"a":' * 15 + b'""' + b"}" * 15,
    "300 levels": b"[" * 300 + b"]" * 300,
    "the largest double": b"1.7976931348623157e308",
    "a whole number within doubles": b"1" + b"0" * 308,
    "a whole number beyond doubles": b"1" + b"0" * 309,
    "a number below doubles": b"1e-999",
    "minus 0": b"-0",
    "a zero in front": b"01",
    "a plus": b"+1",
    "a point at the end": b"1.",
    "a point in front": b".5",
    "hexadecimal": b"0x10",
    "an exponent": b"1E+2",
    "an exponent of nothing": b"1e",
    "true": b"true",
    "True": b"True",
    "None": b"None",
    "a quote of another kind": b"'a'",
    "a comma at the end": b"[1,]",
    "no comma": b"[1 2]",
    "a comment": b"1 /* one */",
    "white space of JSON": b" \t\r\n1\n",
    "another white space": b"\x0c1",
    "a non-breaking space": b"\xc2\xa01",
    "a control character in a text": b'"a\nb"',
    "an escaped control character": b'"a\\nb"',
    "a delete character in a text": b'"a\x7fb"',
    "an escape that is none": b'"\\x41"',
    "an escape that is cut": b'"\\u12"',
    "an escape with other digits": '"\\u123\u0664"'.encode(),
    "a lone surrogate": b'"\\ud800"',
    "two halves in a wrong order": b'"\\ude00\\ud83d"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an overlong character": b'"\xc0\xaf"',
    "a character beyond Unicode": b'"\xf4\x90\x80\x80"',
    "a text without end": b'"a',
    "a key twice, deep inside": b'{"a": {"b": 1, "c": 2, "b": 1}}',
    "a key twice, spelled in two ways": b'{"a": 1, "\\u0061": 2}',
    "keys of Python's and JavaScript's": b'{"__proto__": {"name": 1}, "constructor": 2}',
    "a value behind the end": b"1} {",
}
"""Of a value that nobody knows, in a card that is valid"""

_WHOLE = (0, -1, 2.0, True, "1", None, MISSING, 10**30)
"""What is no whole number from 1 to 8192"""

CHANGES: Mapping[str, Mapping[str, tuple]] = {
    "picture": {
        "satchel": (0, 2, 1.0, True, "1", None, MISSING),
        "requires": ([], ["signature"], "x", [1], None, {}, ["letterbox"], ["grey", "grey"]),
        "name": ("a", "A.b_c-9", "x" * 64, "x" * 65, "", "-a", ".a", "a b", "\u00e4", "a\n", 1),
        "version": ("0.0.0", "999999999.1.2", "1.0", "1.0.0.0", "1.0.0-a", "1234567890.0.0", "",
                    "1.0.\u0661", "1.0.0\n", 1.0, MISSING),
        "task": ("text-classification", "style-transfer", "classification", "", 1, MISSING),
        "input": (None, [], "image", MISSING),
        "input.kind": ("text", "latent", "Image", MISSING, 1),
        "input.height": (1, 8192, 8193, *_WHOLE),
        "input.width": (1, 8192, 8193, *_WHOLE),
        "input.fit": ("stretch", MISSING, "letterbox", "pad", "", None, 1),
        "input.channel_order": ("rgb", "bgr", "gbr", None),
        "input.padding": ([1, 2, 3], [0, 0], [256, 0, 0], [0.5, 0, 0], None),
        "input.background": (MISSING, [0, 0, 0], [255.0, 0, 0], [256, 0, 0], [-1, 0, 0],
                             [0.5, 0, 0], [0, 0], [0, 0, 0, 0], [True, 0, 0], None, "white"),
        "input.channels": (3, MISSING, 1, 2, 4, 0, 3.0, True, None),
        "input.scale": (MISSING, [1], [0.5, 1, 2], [3.3e38], [3.4e38], [0], [-0.0], [1, 0, 1],
                        [1, 1], [], ["1"], [True], 1, None, [10**40]),
        "input.offset": (MISSING, [0], [0, 0, 0], [-3.3e38], [-3.4e38], [0, 0], [], [None], 0),
        "output": (None, MISSING, []),
        "output.kind": ("image", MISSING),
        "output.labels": (["a", "b"], ["a"], [], ["a", "a"], ["a", ""], ["a", " "], ["a", 1],
                          ["a", "b\nc"], ["a", "\x7f"], ["a", "\x80"], ["a", "\u2028"],
                          ["a", "\u202e"], ["a", "\u2069"], ["a", "\u200f"], ["a", "\ud800"],
                          ["a", "\U0001f642"], ["a", "\ufeff"], ["a", "\u00a0"], ["a", "\u3000"],
                          ["a", " b "], ["a", "A"], ["e\u0301", "\u00e9"], "ab", None, MISSING),
        "output.activation": ("softmax", "sigmoid", "logit", "relu", None, MISSING),
        "output.multi_label": (False, True, 1, None),
        "output.thresholds": ([], [0.5, 0.5], [0.5, 0.5, 0.5], None),
        "output.ids": ([], ["a", "b", "c"], ["a", "b"], ["a", "a", "b"], ["a", "b", ""], None),
        "models": ({}, None, [1], [None]),
        "models.0.file": ("full_int8.onnx", "other.tflite", "", 1, None, MISSING),
        "models.0.format": ("onnx", "pb", "TFLITE", None, MISSING),
        "models.0.scheme": ("a", "x" * 40, "x" * 41, "", "Float32", "a-b", "a\n", MISSING),
        "models.0.size_bytes": (1, 1 << 40, (1 << 40) + 1, 0, -1, 14.0, "14", True, MISSING),
        "models.0.input": (None, {}, MISSING),
        "models.0.input.dtype": ("uint8", "int8", "int32", "float16", "string", None, MISSING),
        "models.1.input.scale": (MISSING, 1, 1.2e-38, 3e38, 1.1e-38, 3.1e38, 0, -1, 10**40, True,
                                 None, "1"),
        "models.1.input.zero_point": (MISSING, 0, 255, 256, -1, 1.0, True, None, "0"),
        "models.0.input.zero_point": (0, 1),
        "models.1.output": ({"dtype": "int8", "zero_point": -128},
                            {"dtype": "int8", "zero_point": 127},
                            {"dtype": "int8", "zero_point": -129},
                            {"dtype": "int8", "zero_point": 128}),
        "models.1.input.shape": ([], [1, 4, 6, 3], [72], [1, 6], 1, None),
        "models.0.needs": ({}, MISSING, {"onnx": "1"}, {"a_b": "1.2.3.4"}, {"a": "1.2.3.4.5"},
                           {"a": ""}, {"a": ">=1"}, {"a": "1."}, {"a": 1.0}, {"a": "1\n"},
                           {"A": "1"}, {"": "1"}, {"x" * 41: "1"}, {"a": "1234567890"}, [], None),
        "models.0.golden_tolerance": (0, 1, 0.5, -0.1, 1.1, True, "0", None, MISSING),
        "models.0.golden_tolerance_why": ("", 1, None, MISSING),
        "models.0.verified": (None, MISSING, {}, [], 1),
        "models.0.verified.samples": (0, 1.0, MISSING),
        "models.0.verified.accuracy": (0, 1, 1.01, -0.01, "1", MISSING),
        "models.0.verified.drop_points": (-100, 100, 101, MISSING),
        "models.0.verified.agreement": (1.5, MISSING),
        "models.0.verified.largest_difference": (2, MISSING),
        "models.0.verified.sqnr_db": (None, MISSING, 1000, 1001, "high"),
        "models.0.verified.drop_ci95": (MISSING, [], [0, 1], [1], [0, 1, 2], ["0", "1"], None),
        "golden": (MISSING, "golden/0.png", "other.json", 1, None, ""),
        "files": (MISSING, [], None),
        "files.float32.tflite": ("sha256:" + "0" * 64, "sha256:" + "A" * 64, "sha256:" + "0" * 63,
                                 "md5:" + "0" * 32, "0" * 64, "", None, MISSING),
        "provenance": ({}, {"a": [1, {"b": None}]}, MISSING, [], None, "x"),
        "unknown": (1, {"a": [True]}, None),
    },
    "text": {
        "input.length": (1, 65_536, 65_537, *_WHOLE),
        "input.tokenizer": (None, "regex", MISSING),
        "input.tokenizer.kind": ("bpe", "vectorization", "Regex", MISSING),
        "input.tensors": (["ids"], [], ["mask"], ["ids", "ids"], ["ids", "mask"], ["ids", "more"],
                          "ids", None),
        "models.0.input.rows": ([], [0], [0, 1], None),
        "models.0.output.rows": ([], [0]),
        "models.0.input.dtype": ("int32", "int64"),
        "models.0.output.dtype": ("int32", "int64"),
        "input.tokenizer.delimiter": (1, None, MISSING),
        "input.tokenizer.vocabulary": ("labels.txt", "other.txt", "golden/0.txt", "vocabulary",
                                       "Vocabulary.txt", "../vocabulary.txt", None, MISSING),
        "output.labels": (["a", "b", "c"],),
        "task": ("image-classification",),
    },
    "bert": {
        "requires": (MISSING, [], ["several-inputs", "tokenizer-wordpiece"],
                     ["int64", "tokenizer-wordpiece"], ["int64", "several-inputs"],
                     ["int64", "several-inputs", "tokenizer-wordpiece", "grey"],
                     ["int64", "several-inputs", "tokenizer-wordpiece", "tokenizer-bpe"]),
        "input.tensors": (MISSING, ["ids"], ["ids", "mask"], ["ids", "segments", "mask"],
                          ["mask", "ids", "segments"], ["ids", "mask", "mask"],
                          ["ids", "mask", "segments", "ids"]),
        "models.0.input.rows": (MISSING, [], [0], [0, 1], [0, 1, 2], [2, 1, 0], [0, 0, 1],
                                [0, 1, 3], [1, 2, 3], [-1, 0, 1], [0, 1, 2, 2], [0.0, 1, 2],
                                ["0", 1, 2], [True, 0, 2], "012", None),
        "models.0.output.rows": ([], [0, 1, 2]),
        "models.0.input.shape": ([], [1, 8], [1, 3, 8], [1, 1, 8]),
        "models.1.input.dtype": ("int32", "int16", "uint64"),
        "models.1.input.zero_point": (0, 1),
        "models.0.output": ({"dtype": "int64"},),
        "input.tokenizer.start": (MISSING, None, "", "x" * 200, "\ud800"),
        "input.tokenizer.specials": (MISSING, [], ["[SEP]", "[SEP]"], ["[SEP]", "[CLS]"], [""],
                                     ["\ud800"], [1], None),
        "input.tokenizer.vocabulary": ("labels.txt", "golden/0.txt", "vocab.json", MISSING),
        "input.tokenizer.kind": ("regex", "sentencepiece", "keras_tokenizer"),
    },
    "counts": {
        "requires": (MISSING, [], ["tokenizer-keras"], ["vectorization"]),
        "input.tokenizer.ngrams": (MISSING, [1], [1] * 10, [1] * 11, [], [0], [11], [1.0], [True],
                                   ["1"], 1, None),
        "input.tokenizer.split": ("none", "character", "words", MISSING, None),
        "input.tokenizer.standardize": (
            MISSING, [], [{"step": "lower"}] * 20, [{"step": "lower"}] * 21, [{}], ["lower"],
            [{"step": "strip"}], [{"step": "lower", "text": "a"}], [{"step": "lower", "text": 1}],
            [{"step": "lower", "by": None}], [{"step": "replace", "text": "a"}],
            [{"step": "replace", "by": "a"}], [{"step": "replace", "text": "", "by": "a"}],
            [{"step": "replace", "text": "a", "characters": "[a]", "by": ""}],
            [{"step": "replace", "text": "\ud83d", "by": ""}],
            [{"step": "replace", "text": "a", "by": "\ude42"}],
            [{"step": "replace", "characters": "(a)", "by": ""}],
            {"step": "lower"}, "lower", None,
        ),
        "input.tokenizer.output": (MISSING, "int", "multi_hot", "tf_idf", None),
        "input.tokenizer.unknown": (0, 999_999, 1_000_000, -1, 1.0, MISSING, None),
    },
    "padded": {
        "requires": (MISSING, [], ["tokenizer-vectorization"]),
        "input.tokenizer.unknown": (MISSING, 0, 999_999, 1_000_000, -1, None),
        "input.tokenizer.filters": (MISSING, "", "x" * 1000, "x" * 1001, "\U0001f642" * 1000,
                                    "\ud83d", None, []),
        "input.tokenizer.separator": (MISSING, "", "--", "x" * 20, "x" * 21, "\ude42", None),
        "input.tokenizer.lower": (MISSING, False, 1, None),
        "input.tokenizer.padding": (MISSING, "post", "both", None),
        "input.tokenizer.truncating": (MISSING, "post", "", None),
        "input.tokenizer.unit": (MISSING, "character", "char", None),
        "input.tokenizer.vocabulary": ("words.txt", "golden/vectors.json", "card.json", MISSING),
    },
    "generator": {
        "input.length": (1, 65_536, 65_537, *_WHOLE),
        "input.kind": ("image", MISSING),
        "output.height": (1, 8192, 8193, *_WHOLE),
        "output": ({"kind": "image", "height": 4096, "width": 4096},
                   {"kind": "image", "height": 4096, "width": 4097},
                   {"kind": "labels", "labels": ["a", "b"], "activation": "none"}),
        "output.channels": (1, 3, 2),
        "output.scale": ([1], [1, 2, 3], [0], [1, 1], 1),
        "output.offset": ([1], [1, 2, 3], [1, 1], None),
        "models.0.verified.psnr_db": (None, MISSING, 1000, 1001, "high"),
        "models.0.verified.samples": (0, MISSING),
        "task": ("style-transfer", "image-classification"),
    },
    "style": {"task": ("image-generation", "image-classification"), "input.channels": (1,)},
}  # fmt: skip
"""By base and field, values within and beyond its range"""

_IMAGE_VECTOR = {"input": "golden/0.png", "scores": [0.25, 0.5, 0.25]}
_STYLE_VECTOR = {"input": "golden/0.png", "output": "golden/0-output.png"}
_SEED_VECTOR = {"seed": 7, "output": "golden/0-output.png"}

_BLENDS = (
    *({"input": "golden/0.png", "share": share} for share in (1, 128, 255)),
    *({"input": "golden/0.png", "share": share}
      for share in (0, 256, -1, 0.5, 1.0, True, "77", None)),
    {"input": "golden/0.png"}, {"share": 77}, {"input": "golden/1.png", "share": 77},
    {"input": 7, "share": 77}, {}, [], 77, "golden/0.png", None,
)  # fmt: skip
_TOLERANCES = (
    {}, {"float32.tflite": [0]}, {"float32.tflite": [1.0], "full_int8.onnx": [0.5]},
    {"float32.tflite": []}, {"float32.tflite": [0, 0]}, {"float32.tflite": [1.1]},
    {"float32.tflite": [-0.1]}, {"float32.tflite": [True]}, {"float32.tflite": ["0"]},
    {"float32.tflite": [None]}, {"float32.tflite": 0}, {"float32.tflite": None},
    {"golden/0.png": [0]}, {"other.tflite": [0]}, [], [0], 0, None,
)  # fmt: skip
"""Within and beyond what one vector may have"""

GOLDEN_VECTORS: Mapping[str, tuple] = {
    "picture": (
        *({"vectors": [{**_IMAGE_VECTOR, "blend": blend}]} for blend in _BLENDS),
        *({"vectors": [_IMAGE_VECTOR], "tolerances": given} for given in _TOLERANCES),
        {"vectors": [_IMAGE_VECTOR]},
        {"vectors": [_IMAGE_VECTOR, {**_IMAGE_VECTOR, "more": 1}], "more": 2},
        {"vectors": [{**_IMAGE_VECTOR, "scores": [0, 1, 0]}]},
        {"vectors": [{**_IMAGE_VECTOR, "scores": [0, 1]}]},
        {"vectors": [{**_IMAGE_VECTOR, "scores": [0, 1, 1.1]}]},
        {"vectors": [{**_IMAGE_VECTOR, "scores": [0, 1, -0.1]}]},
        {"vectors": [{**_IMAGE_VECTOR, "scores": [0, 1, True]}]},
        {"vectors": [{**_IMAGE_VECTOR, "scores": [0, 1, None]}]},
        {"vectors": [{**_IMAGE_VECTOR, "scores": [0, 1, 10**100]}]},
        {"vectors": [{**_IMAGE_VECTOR, "scores": {"cat": 1}}]},
        {"vectors": [{**_IMAGE_VECTOR, "input": "golden/1.png"}]},
        {"vectors": [{**_IMAGE_VECTOR, "input": "card.json"}]},
        {"vectors": [{**_IMAGE_VECTOR, "input": None}]},
        {"vectors": [{"seed": 7, "scores": [0, 1, 0]}]},
        {"vectors": [_STYLE_VECTOR]},
        {"vectors": []}, {"vectors": {}}, {"vectors": [1]}, {"vectors": None}, {}, [], 1,
        "", "{", '{"vectors": [NaN]}', '{"vectors": [], "vectors": []}',
    ),
    "text": ({"vectors": [{"input": "golden/0.txt", "scores": [1, 0]}]},
             {"vectors": [{"input": "golden/0.txt", "scores": [1]}]},
             # Of texts nothing is blended: the field is one that nobody knows.
             {"vectors": [{"input": "golden/0.txt", "scores": [1, 0], "blend": 1}]}),
    "generator": (
        {"vectors": [_SEED_VECTOR, {**_SEED_VECTOR, "seed": 2**53 - 1}]},
        *({"vectors": [{**_SEED_VECTOR, "seed": seed}]}
          for seed in (0, -1, 2**53, 7.0, True, "7", None)),
        {"vectors": [{**_SEED_VECTOR, "output": "golden/1.png"}]},
        {"vectors": [{"seed": 7, "scores": [0.5, 0.5]}]},
        {"vectors": [_STYLE_VECTOR]},
    ),
    "style": ({"vectors": [_STYLE_VECTOR]}, {"vectors": [_SEED_VECTOR]},
              {"vectors": [{"input": "golden/0.png", "scores": [1, 0]}]}),
}  # fmt: skip
"""By base, the content of its file of golden vectors"""

_SPECIAL = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\n"

VOCABULARIES: Mapping[str, bytes] = {
    "no line feed at the end": _SPECIAL + b"good 3",
    "an id with zeros in front": _SPECIAL + b"good 003\n",
    "the largest id": _SPECIAL + b"good 999999999\n",
    "200 characters beyond 16 bits": _SPECIAL + "\U0001f642".encode() * 200 + b" 3\n",
    "201 of them": _SPECIAL + "\U0001f642".encode() * 201 + b" 3\n",
    "a byte order mark": b"\xef\xbb\xbf" + _SPECIAL,
    "a carriage return": _SPECIAL + b"good 3\r\n",
    "two spaces": _SPECIAL + b"good  3\n",
    "an id of other digits": _SPECIAL + "good \u0663\n".encode(),
    "an id with a sign": _SPECIAL + b"good +3\n",
    "a token of white space": _SPECIAL + "\u00a0 3\n".encode(),
    "a token that is a tab": _SPECIAL + b"\t 3\n",
}
"""Beside those of tests/hostile, mostly accepted"""
