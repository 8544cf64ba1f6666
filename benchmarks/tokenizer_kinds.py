"""Each kind of tokenizer beside its author's own, on the same texts with the same ids.

The texts are chance words of the vocabulary of the zoo's imdb_lasso, frequent ones more often, with
capitals, punctuation and now and then a word that nobody knows. `text.py` prints the table.
"""

import json
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from side_by_side import ROOT, Contender, device_python, peer_python, print_rows, take_turns

from satchel import open_bundle

LENGTH = 256
TEXTS = 400
LENGTHS = {"a sentence": (8, 20), "a review": (100, 350)}
"""The smallest and the largest number of words of a text"""
_SUFFIXES = ("s", "ed", "ing", "er", "ly", "ness", "'", "less")


class _Pair(NamedTuple):
    """A kind of tokenizer and its peer, each a function of `contender.py` and its settings."""

    peer: str
    python: str
    function: str
    spec: Mapping[str, Any]
    files: Mapping[str, str]


def measure_kinds(scratch: Path, *, rounds: int, calls: int) -> None:
    """Print the rows of every kind but `regex`; raise SystemExit if the ids differ."""
    ours = device_python()
    for kind, pair in _pairs(scratch):
        for name, words in LENGTHS.items():
            texts = scratch / f"{kind}.json"
            texts.write_text(json.dumps(list(_texts(*words))), encoding="utf-8")
            same = {"spec": pair.spec, "files": pair.files, "texts": str(texts), "length": LENGTH}
            contenders = {
                # The device has no SentencePiece.
                "Satchel": Contender(
                    sys.executable if kind == "sentencepiece" else ours, "satchel_kind", **same
                ),
                pair.peer: Contender(pair.python, pair.function, **same),
            }
            found = take_turns(
                {key: lambda each=each: each.runs(calls) for key, each in contenders.items()},
                rounds=rounds,
            )
            row = f"{kind}, {name} to tokens"
            print_rows(row, found, ours="Satchel", unit_us=1, digits=1)
            first, second = (each.prediction for each in contenders.values())
            if first != second:
                raise SystemExit(f"Expected the same ids of both, got {first} and {second}.")
            for each in contenders.values():
                each.close()


def _pairs(scratch: Path) -> Iterator[tuple[str, _Pair]]:
    words = _words()
    pieces = [*"abcdefghijklmnopqrstuvwxyz0123456789", *(word for word in words if len(word) > 1)]
    continued = [f"##{each}" for each in (*pieces[:36], *_SUFFIXES)]
    lines = scratch / "vocab.txt"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *",.!?'", *pieces, *continued]
    lines.write_text("\n".join(dict.fromkeys(tokens)) + "\n", encoding="utf-8")
    listed = scratch / "vocabulary.json"
    listed.write_text(json.dumps(["", "[UNK]", *words]), encoding="utf-8")
    strip = "[!\"#$%&()*+,\\-./:;<=>?@\\[\\\\\\]\\^_`{|}~']"
    yield "wordpiece", _Pair(
        "Hugging Face tokenizers",
        peer_python("tokenizers"),
        "huggingface_wordpiece",
        {
            "kind": "wordpiece", "vocabulary": "vocab.txt", "lower": True, "strip_accents": True,
            "clean": True, "chinese": True, "unknown": "[UNK]", "start": "[CLS]", "end": "[SEP]",
            "pad": "[PAD]", "prefix": "##", "word_length": 100,
        },
        {"vocab.txt": str(lines)},
    )  # fmt: skip
    yield "vectorization", _Pair(
        "Keras TextVectorization",
        sys.executable,
        "keras_vectorization",
        {
            "kind": "vectorization", "vocabulary": "vocabulary.json", "unknown": 1,
            "standardize": [{"step": "lower"}, {"step": "replace", "characters": strip, "by": ""}],
            "split": "whitespace",
        },
        {"vocabulary.json": str(listed)},
    )  # fmt: skip
    yield "keras_tokenizer", _Pair(
        "Keras 2 Tokenizer",
        sys.executable,
        "keras_tokenizer",
        {
            "kind": "keras_tokenizer", "vocabulary": "vocabulary.json", "lower": True,
            "filters": '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', "unknown": 1,
        },
        {"vocabulary.json": str(listed)},
    )  # fmt: skip
    pieces_model = _train_pieces(scratch)
    yield (
        "sentencepiece",
        _Pair(
            "SentencePiece",
            sys.executable,
            "sentencepiece",
            {"kind": "sentencepiece", "model": "pieces.model"},
            {"pieces.model": str(pieces_model)},
        ),
    )


def _words() -> list[str]:
    content = open_bundle(ROOT / "zoo" / "imdb_lasso.satchel").files["vocabulary.txt"].decode()
    spelled = (line.split(" ")[0].lower() for line in content.splitlines())
    return list(dict.fromkeys(word for word in spelled if word.isalpha()))


def _texts(least: int, most: int) -> Iterator[str]:
    chance, words = random.Random(1), _words()
    for _ in range(TEXTS):
        text = ""
        for _ in range(chance.randint(least, most)):
            word = words[int(len(words) * chance.random() ** 3)]
            if chance.random() < 0.03:
                word = "".join(chance.choices("abcdefghijklmnop", k=chance.randint(3, 9)))
            if not text or text.endswith((". ", "! ", "? ")):
                word = word.capitalize()
            text += word + chance.choices((" ", ", ", ". ", "! ", "? "), (84, 8, 6, 1, 1))[0]
        yield text


def _train_pieces(scratch: Path) -> Path:
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=_texts(*LENGTHS["a review"]),
        model_prefix=str(scratch / "pieces"),
        vocab_size=2000,
        minloglevel=2,
    )
    return scratch / "pieces.model"
