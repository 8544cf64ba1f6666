"""Writes models with tokenizers of KerasHub, and what KerasHub says with them, for test_hub_models.

In an environment of its own, as KerasHub needs TensorFlow Text:

pip install keras-hub==0.32.0 keras==3.15.1 tensorflow==2.21.0 tensorflow-text==2.21.1 sentencepiece
python tests/convert/keras_models/keras_hub/write_keras_hub_models.py FOLDER
"""

import io
import json
import sys
import zipfile
from pathlib import Path

import keras
import keras_hub
import numpy as np
import sentencepiece
import tensorflow as tf

LENGTH = 12
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "qu", "##ick", "br", "##own", "fox"),
    *("The", "caf", "##e", "##\u00e9", "cafe\u0301", "gro", "##\u00df", "##ss", "##s", "..."),
    *(".", ",", "!", "?", "'", "<", ">", "/", "br", "##r", "p", "don", "t", "\u4e2d", "\u6587"),
    *("\U0001f44d", "\u2019", "\u201c", "\u201d", "x", "##x", "a", "b", "##a", "##b", "FOX", "F"),
]
"""One token is there twice, which the layers get once"""
TEXTS = [
    "the quick brown fox.",
    "THE QUICK BROWN FOX!",
    "The fox, the fox; the FOX",
    "caf\u00e9 cafe\u0301 CAF\u00c9",
    "gro\u00df GROSS gro\u00df\u00df",
    "\u4e2d\u6587 a\u4e2db \u4e2d",
    "\U0001f44d the\U0001f44d\U0001f3fd \u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "<p>the fox.<br />don't</p>",
    "\u201cdon\u2019t\u201d \u2026 the\u2026",
    "the\tfox\n\n  the  ",
    "a\u00a0b a\u00adb a\u200bb a\x96b \ufeffthe \u2028 a\u3000b",
    "[MASK] the [SEP] fox [mask]",
    "",
    "x" * 100 + " " + "x" * 101,
    "the " * 40,
    "\ud55c\uad6d\uc5b4 \u0e44\u0e17\u0e22 \u0130 \uff21\u00bd\u2122",
]


def vocabulary():
    return list(dict.fromkeys(VOCABULARY))


def word_piece(kind="WordPieceTokenizer", **settings):
    return getattr(keras_hub.tokenizers, kind)(vocabulary=vocabulary(), **settings)


def sentence_piece(kind="SentencePieceTokenizer", **settings):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the quick brown fox", "the cafe", "don't the fox", "a b x"] * 4),
        model_writer=model,
        vocab_size=40,
        normalization_rule_name="identity",
        pad_id=5,
        pad_piece="<pad>",
        hard_vocab_limit=False,
        user_defined_symbols=["[CLS]", "[SEP]", "[MASK]"],
    )
    return getattr(keras_hub.tokenizers, kind)(proto=model.getvalue(), **settings)


def packer(**settings):
    return keras_hub.layers.StartEndPacker(LENGTH, start_value=2, end_value=3, **settings)


def scores(ids):
    layers = keras.layers
    wide = keras.initializers.RandomNormal(seed=7)
    values = layers.Embedding(60, 2, embeddings_initializer=wide)(ids)
    return dense()(layers.GlobalAveragePooling1D()(values))


def dense():
    return keras.layers.Dense(
        2, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(seed=8)
    )


def text(*shape):
    return keras.Input(shape, dtype="string")


def functional(*layers, shape=()):
    start = ids = text(*shape)
    for layer in layers:
        ids = layer(ids)
    return keras.Model(start, scores(ids))


def sequential(*layers):
    ids = keras.Input((LENGTH,), dtype="int32")
    return keras.Sequential([text(), *layers, keras.Model(ids, scores(ids))])


def nested():
    inner, ids = text(), keras.Input((LENGTH,), dtype="int32")
    lower = word_piece(lowercase=True, sequence_length=LENGTH)
    tokens, rest = keras.Model(inner, lower(inner)), keras.Model(ids, scores(ids))
    outer = text()
    return keras.Model(outer, rest(tokens(outer)))


def masked():
    start = text()
    ids, mask = packer(return_padding_mask=True)(word_piece(lowercase=True)(start))
    values = keras.layers.Embedding(60, 2)(ids)
    return keras.Model(start, dense()(keras.layers.GlobalAveragePooling1D()(values, mask=mask)))


def preprocessed():
    tokenizer = word_piece("BertTokenizer", lowercase=True, strip_accents=True)
    start = text()
    found = keras_hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=LENGTH)(
        start
    )
    layers = keras.layers
    values = layers.Embedding(60, 2)(found["token_ids"]) + layers.Embedding(2, 2)(
        found["segment_ids"]
    )
    pooled = layers.GlobalAveragePooling1D()(values, mask=found["padding_mask"])
    return keras.Model(start, dense()(pooled))


def foreign():
    start = text()
    ids = word_piece(sequence_length=LENGTH)(start)
    values = keras_hub.layers.TokenAndPositionEmbedding(60, LENGTH, 2)(ids)
    return keras.Model(start, dense()(keras.layers.GlobalAveragePooling1D()(values)))


def whole():
    backbone = keras_hub.models.BertBackbone(60, 1, 1, 2, 2, max_sequence_length=LENGTH)
    preprocessor = keras_hub.models.BertTextClassifierPreprocessor(
        word_piece("BertTokenizer"), sequence_length=LENGTH
    )
    return keras_hub.models.BertTextClassifier(backbone, 2, preprocessor=preprocessor)


MODELS = {
    "cased": lambda: functional(word_piece(sequence_length=LENGTH)),
    "lower": lambda: functional(word_piece(lowercase=True, sequence_length=LENGTH)),
    "stripped": lambda: functional(
        word_piece("BertTokenizer", lowercase=True, strip_accents=True, sequence_length=LENGTH)
    ),
    "specials": lambda: functional(
        word_piece(
            "DistilBertTokenizer",
            lowercase=True,
            special_tokens_in_strings=True,
            special_tokens=["FOX"],
            sequence_length=LENGTH,
        )
    ),
    "settings": lambda: functional(
        word_piece(suffix_indicator="#", oov_token="[PAD]", sequence_length=LENGTH)
    ),
    "rank_2": lambda: functional(
        word_piece(sequence_length=LENGTH), keras.layers.Reshape((LENGTH,)), shape=(1,)
    ),
    "packed": lambda: functional(word_piece(lowercase=True), packer()),
    "any_length": lambda: functional(word_piece(lowercase=True)),
    "sequential": lambda: sequential(word_piece(lowercase=True, sequence_length=LENGTH)),
    "sequential_packed": lambda: sequential(word_piece("BertTokenizer"), packer()),
    "nested": nested,
    "masked": masked,
    "preprocessed": preprocessed,
    "pieces": lambda: functional(sentence_piece(sequence_length=LENGTH)),
    "pieces_bos": lambda: functional(sentence_piece(add_bos=True, sequence_length=LENGTH)),
    "pieces_albert": lambda: functional(sentence_piece("AlbertTokenizer", sequence_length=LENGTH)),
    "pieces_packed": lambda: functional(sentence_piece(), packer(pad_value=5)),
    "foreign": foreign,
    "whole": whole,
}
REFUSED = ("foreign", "whole")
"""The models that are not asked"""


def saved(model, place):
    """Save a model, compressed: most of the weights' file is empty."""
    model.save(place)
    with zipfile.ZipFile(place) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


def asked(model):
    """Return the scores of each text alone, as a batch of texts of any length is padded.

    They are None where they are not numbers: a mean of no ids is none.
    """
    rank = len(model.inputs[0].shape)
    tensors = [tf.constant([each] if rank == 1 else [[each]]) for each in TEXTS]
    found = [np.round(model.predict(each, verbose=0)[0], 7) for each in tensors]
    return [None if np.isnan(each).any() else each.tolist() for each in found]


def ids_of(model):
    """Return the ids of each text, by the layers of KerasHub."""
    layers = [each for each in model._flatten_layers() if "keras_hub" in type(each).__module__]
    found = []
    for each in TEXTS:
        ids = tf.constant([each])
        if isinstance(layers[0], keras_hub.models.TextClassifierPreprocessor):
            ids = layers[0](ids)["token_ids"]
        else:
            for layer in layers:
                ids = tf.function(layer)(ids)
        ids = ids[0] if isinstance(ids, tuple) else ids
        found.append(np.asarray(ids[0]).tolist())
    return found


def main(folder):
    answers = {"texts": TEXTS, "models": {}}
    for name, make in MODELS.items():
        keras.utils.set_random_seed(1)
        keras.backend.clear_session()
        model = make()
        saved(model, folder / f"{name}.keras")
        if name not in REFUSED:
            answers["models"][name] = {"scores": asked(model), "ids": ids_of(model)}
    (folder / "answers.json").write_text(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
