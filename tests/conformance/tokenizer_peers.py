"""Compares the ids of each kind of tokenizer with those of its authors' own, on chance texts.

    make peers COUNT=100000 SEED=1

The peers are Keras's TextVectorization, the Tokenizer of Keras 2 with pad_sequences, Hugging Face
tokenizers and SentencePiece. The texts are of every script that Python's Unicode knows, with
combining marks, capitals, controls, emoji and HTML. Exits with 1 if an id differs.
"""

import argparse
import json
import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from satchel.bundle import TextInput
from satchel.bundle.text_input import TokenizerSpec
from satchel.preprocessing import (
    KerasTokenizerSpec,
    SentencePieceSpec,
    StandardizeStep,
    VectorizationSpec,
    WordPieceSpec,
    open_tokenizer,
)

LENGTH = 40
FITTED = 1000
"""The number of texts of which a vocabulary is made"""
_BATCH = 1000
_WORDS = (
    "good", "bad", "don't", "caf\u00e9", "\u039f\u0394\u039f\u03a3", "\u0130stanbul", "STRASSE",
    "\ufb01ne", "e\u0301", "<br />", "[SEP]", "[MASK]", "##ing", "running", "\u4e2d\u6587",
    "\U0001f44d\U0001f3fd", "\u0391\u03a3", "\u03c2", "a\u0323\u0307", "_x_", "A.B.C", "\0",
    "\ufffd", "\x85", "\x0b", "\u200d", "\u01c4", "\u1e9e", "\u201cquoted\u201d", "\U0001d16d",
)  # fmt: skip
_BETWEEN = (" ", " ", "  ", "\t", "\n", "", "-", ", ", "\u00a0", "\u3000")
_LATIN_END = 0x250
STRIPPED = "[!\"#$%&()*+,\\-./:;<=>?@\\[\\\\\\]\\^_`{|}~']"
"""What Keras strips as punctuation, as a class of characters"""
_LOWER = StandardizeStep("lower")
_STRIP = StandardizeStep("replace", characters=STRIPPED, by="")

Ids = list[list[int]]


class Peer(NamedTuple):
    """A tokenizer of Satchel's and what must give the same ids."""

    name: str
    spec: TokenizerSpec
    files: dict[str, bytes]
    length: int
    theirs: Callable[[Sequence[str]], Ids]


def main() -> None:
    """Compare, and print a line for each peer."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="the number of texts")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    different = 0
    for peer in peers(args.seed):
        found = differences(peer, args.count, args.seed)
        different += len(found)
        print(f"{peer.name}: {args.count:,} texts, {len(found):,} with other ids", flush=True)
        for text in found[:3]:
            print(f"  {text!a}")
    raise SystemExit(1 if different else 0)


def differences(peer: Peer, count: int, seed: int) -> list[str]:
    """Return the texts of which the ids of both differ."""
    ours = open_tokenizer(TextInput(peer.length, peer.spec), peer.files)
    found = []
    for texts in _batches(list(chance_texts(count, seed))):
        theirs = peer.theirs(texts)
        found += [
            text
            for text, ids in zip(texts, theirs, strict=True)
            if ours(text)[0].tolist() != list(ids)
        ]
    return found


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH))


def chance_texts(count: int, seed: int) -> Iterator[str]:
    """Yield texts of up to 30 words, the same ones for the same seed."""
    chance = Random(seed)
    for _ in range(count):
        words = (_word(chance) + chance.choice(_BETWEEN) for _ in range(chance.randint(0, 30)))
        yield "".join(words)


def peers(seed: int) -> Iterator[Peer]:
    """Yield every peer in each of its forms. Their vocabularies are made of other chance texts."""
    texts = list(chance_texts(FITTED, seed + 1))
    for lower, strip, clean, chinese, specials in (
        (True, True, True, True, True),
        (False, False, True, True, False),
        (True, False, True, False, True),
        (False, True, False, True, False),
    ):
        spec = WordPieceSpec(
            "vocab.txt",
            lower=lower,
            strip_accents=strip,
            clean=clean,
            chinese=chinese,
            specials=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]") if specials else (),
        )
        yield _wordpiece(spec, texts)
    for fitted, padded in (
        ({"oov_token": "<OOV>"}, {"padding": "post", "truncating": "post"}),
        ({"num_words": 300}, {}),
        ({"char_level": True, "oov_token": "x", "num_words": 200}, {"truncating": "post"}),
        ({"lower": False, "filters": "!?", "split": "-"}, {"padding": "post"}),
    ):
        yield _keras_tokenizer(fitted, padded, texts)
    for settings in (
        {},
        {"standardize": "lower", "split": "character"},
        {"standardize": None},
        {"standardize": "strip_punctuation", "ngrams": 2},
        {"output_mode": "multi_hot", "max_tokens": 500},
        {"output_mode": "count", "ngrams": (1, 3), "max_tokens": 400, "pad_to_max_tokens": True},
    ):
        yield _vectorization(settings, texts)
    for kind in ("unigram", "bpe"):
        yield _sentencepiece(kind, texts)


def _wordpiece(spec: WordPieceSpec, texts: Sequence[str]) -> Peer:
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

    normalizer = normalizers.BertNormalizer(
        clean_text=spec.clean,
        handle_chinese_chars=spec.chinese,
        strip_accents=spec.strip_accents,
        lowercase=spec.lower,
    )
    splitter, chance = pre_tokenizers.BertPreTokenizer(), Random(0)
    words = {
        word
        for text in (*texts, *_WORDS)
        for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))
    }
    tokens = dict.fromkeys(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"))
    for word in sorted(words):
        pieces = (word, word[:2], word[0], f"##{word[1:]}", f"##{word[-1]}")
        tokens |= dict.fromkeys(each for each in pieces if chance.random() < 0.5 and each != "##")
    kept = [each for each in tokens if "\n" not in each and len(each) <= 200]
    ids = {token: at for at, token in enumerate(kept)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=spec.unknown))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.add_special_tokens([AddedToken(each, special=True) for each in spec.specials])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding(length=LENGTH)
    shown = ", ".join(
        name for name in ("lower", "strip_accents", "clean", "chinese") if getattr(spec, name)
    )
    return Peer(
        f"Hugging Face tokenizers, WordPiece, {shown}",
        spec,
        {spec.vocabulary: "\n".join(kept).encode()},
        LENGTH,
        lambda texts: [each.ids for each in tokenizer.encode_batch(list(texts))],
    )


def _keras_tokenizer(fitted: dict[str, Any], padded: dict[str, str], texts: Sequence[str]) -> Peer:
    from tf_keras.preprocessing.sequence import pad_sequences
    from tf_keras.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(**fitted)
    tokenizer.fit_on_texts(texts)
    most = tokenizer.num_words or len(tokenizer.word_index) + 1
    words: list[str | None] = [None] * most
    for word, at in tokenizer.word_index.items():
        if at < most and len(word) <= 200:
            words[at] = word
    spec = KerasTokenizerSpec(
        "vocabulary.json",
        unit="character" if tokenizer.char_level else "word",
        lower=tokenizer.lower,
        filters=tokenizer.filters,
        separator=tokenizer.split,
        unknown=tokenizer.word_index.get(tokenizer.oov_token),
        **padded,
    )
    return Peer(
        f"Keras 2 Tokenizer {fitted}, pad_sequences {padded}",
        spec,
        {spec.vocabulary: json.dumps(words).encode()},
        LENGTH,
        lambda texts: pad_sequences(
            tokenizer.texts_to_sequences(texts), maxlen=LENGTH, **padded
        ).tolist(),
    )


def _vectorization(settings: dict[str, Any], texts: Sequence[str]) -> Peer:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    mode, ngrams = settings.get("output_mode", "int"), settings.get("ngrams", 1)
    standardize = settings.get("standardize", "lower_and_strip_punctuation") or ""
    fixed = {"output_sequence_length": LENGTH} if mode == "int" else {}
    layer = keras.layers.TextVectorization(**settings, **fixed)
    # Keras loses a NUL when it reads its own vocabulary, which then has a token twice.
    layer.adapt(tf.constant([text.replace("\0", "") for text in texts]))
    length = int(layer(tf.constant([""])).shape[1])
    words = [word if len(word) <= 200 else None for word in layer.get_vocabulary()]
    spec = VectorizationSpec(
        "vocabulary.json",
        unknown=1 if mode == "int" else 0,
        standardize=(
            *((_LOWER,) if "lower" in standardize else ()),
            *((_STRIP,) if "strip" in standardize else ()),
        ),
        split=settings.get("split", "whitespace"),
        ngrams=tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams,
        output=mode,
    )
    return Peer(
        f"Keras TextVectorization {settings}",
        spec,
        {spec.vocabulary: json.dumps(words).encode()},
        length,
        lambda texts: layer(tf.constant(list(texts))).numpy().astype(int).tolist(),
    )


def _sentencepiece(kind: str, texts: Sequence[str]) -> Peer:
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    with tempfile.TemporaryDirectory(prefix="satchel-") as folder:
        SentencePieceTrainer.train(
            sentence_iterator=map(_european, texts),
            model_prefix=f"{folder}/pieces",
            vocab_size=4000,
            model_type=kind,
            hard_vocab_limit=False,
            minloglevel=2,
        )
        model = Path(folder, "pieces.model").read_bytes()
    processor = SentencePieceProcessor(model_proto=model)

    def theirs(texts: Sequence[str]) -> Ids:
        cut = (ids[:LENGTH] for ids in processor.encode(list(texts)))
        return [ids + [0] * (LENGTH - len(ids)) for ids in cut]

    spec = SentencePieceSpec("pieces.model")
    return Peer(f"SentencePiece, {kind}", spec, {spec.model: model}, LENGTH, theirs)


def _european(text: str) -> str:
    """Return a text of few characters: SentencePiece needs a piece for each of them."""
    return "".join(each for each in text if "\0" < each < "\u0500")


@cache
def _characters() -> Sequence[str]:
    """Return every character that Unicode assigns, but surrogates and those of private use."""
    codes = map(chr, range(0x110000))
    return [each for each in codes if unicodedata.category(each) not in ("Cn", "Co", "Cs")]


def _word(chance: Random) -> str:
    characters, kind = _characters(), chance.random()
    if kind < 0.3:
        return chance.choice(_WORDS)
    if kind < 0.5:
        return "".join(chance.choices(characters[:_LATIN_END], k=chance.randint(1, 8)))
    if kind < 0.75:
        return "".join(chance.choices(characters, k=chance.randint(1, 6)))
    # Neighbours are of one script, as in a word.
    first = chance.randrange(len(characters) - 40)
    return "".join(chance.choices(characters[first : first + 40], k=chance.randint(1, 6)))


if __name__ == "__main__":
    main()
