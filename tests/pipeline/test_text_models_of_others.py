"""Models with the tokenizers of others say of real reviews, and of their capitals, what they said.

The reference is the author's own model with the author's own tokenizer: Keras on strings, the
Tokenizer of Keras 2 with pad_sequences, and Hugging Face tokenizers.
"""

import csv
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel import TextClassifier
from satchel.bundle import open_bundle

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not os.environ.get("SATCHEL_DATA"), reason="SATCHEL_DATA is not set"),
    # TensorFlow says so of every model whose input is not the converter's to quantize.
    pytest.mark.filterwarnings(r"ignore:Statistics for quantized:UserWarning:tensorflow\.lite"),
]
LABELS = ("negative", "positive")
TRAINED, ASKED, EVALUATED = 1500, 2000, 100
LENGTH, TOKENS = 120, 5000


@pytest.fixture(scope="module")
def reviews():
    """Reviews to train with, and 2,000 others."""
    archive = Path(os.environ["SATCHEL_DATA"], "aclImdb_v1.tar.gz")
    wanted = {f"{part}/{label}": [] for part in ("train", "test") for label in ("neg", "pos")}
    with tarfile.open(archive) as tar:
        for member in tar:
            *_, part, label, _ = ("", "", *member.name.split("/"))[-5:]
            texts = wanted.get(f"{part}/{label}")
            if member.isfile() and texts is not None and len(texts) < ASKED // 2:
                texts.append(tar.extractfile(member).read().decode())
    count = TRAINED // 2
    trained = [*wanted["train/neg"][:count], *wanted["train/pos"][:count]]
    return trained, [*wanted["test/neg"], *wanted["test/pos"]]


@pytest.fixture(scope="module")
def folder(reviews, tmp_path_factory):
    """Labels and evaluation reviews as their author has them."""
    folder = tmp_path_factory.mktemp("reviews")
    (folder / "labels.txt").write_text("\n".join(LABELS) + "\n")
    half = EVALUATED // 2
    asked = [*reviews[1][:half], *reviews[1][-half:]]
    with open(folder / "evaluation.csv", "w", newline="", encoding="utf-8") as file:
        rows = [(text, LABELS[at >= half]) for at, text in enumerate(asked)]
        csv.writer(file).writerows([("text", "label"), *rows])
    return folder


def official(keras, texts, folder):
    """Return Keras's example of text classification, exported with its TextVectorization."""
    layer = keras.layers.TextVectorization(TOKENS, output_sequence_length=LENGTH)
    layer.adapt(texts)
    inner = trained(keras, convolution(keras), np.asarray(layer(texts)))
    model = keras.Sequential([keras.Input((1,), dtype="string"), layer, inner])
    model.export(folder / "official", verbose=False)
    return folder / "official", [], lambda asked: inner.predict(layer(asked), verbose=0)


def hobby(keras, texts, folder, *, both):
    """Return an LSTM, or one in each direction, behind the Tokenizer of Keras 2."""
    from tf_keras.preprocessing.sequence import pad_sequences
    from tf_keras.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(num_words=TOKENS, oov_token="<OOV>")
    tokenizer.fit_on_texts(texts)
    (folder / "tokenizer.json").write_text(tokenizer.to_json())

    def ids(asked):
        return pad_sequences(tokenizer.texts_to_sequences(asked), maxlen=LENGTH)

    lstm = keras.layers.LSTM(16)
    layers = [
        keras.layers.Embedding(TOKENS, 16),
        keras.layers.Bidirectional(lstm) if both else lstm,
        keras.layers.Dense(2, activation="softmax"),
    ]
    model = trained(keras, keras.Sequential([keras.Input((LENGTH,)), *layers]), ids(texts))
    model.save(folder / "hobby.keras")
    more = ["--tokenizer", folder / "tokenizer.json"]
    return folder / "hobby.keras", more, lambda asked: model.predict(ids(asked), verbose=0)


def bert(keras, texts, folder):
    """Return a small encoder of ids, mask and segments behind a tokenizer of Hugging Face."""
    from tokenizers import BertWordPieceTokenizer

    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator(texts, vocab_size=TOKENS, show_progress=False)
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding(length=LENGTH)
    tokenizer.save(str(folder / "tokenizer.json"))

    def rows(asked):
        found = tokenizer.encode_batch(list(asked))
        fields = ("ids", "attention_mask", "type_ids")
        return [np.array([getattr(each, name) for each in found], np.int32) for name in fields]

    names = ("input_ids", "attention_mask", "token_type_ids")
    ids, mask, segments = (keras.Input((LENGTH,), dtype="int32", name=name) for name in names)
    place = keras.ops.arange(LENGTH)
    embedded = (
        keras.layers.Embedding(TOKENS, 32)(ids)
        + keras.layers.Embedding(LENGTH, 32)(place)
        + keras.layers.Embedding(2, 32)(segments)
    )
    seen = keras.layers.Reshape((1, LENGTH))(mask)
    attended = keras.layers.MultiHeadAttention(2, 16)(embedded, embedded, attention_mask=seen)
    hidden = keras.layers.LayerNormalization()(embedded + attended)
    scores = keras.layers.Dense(2, activation="softmax")(hidden[:, 0])
    model = trained(keras, keras.Model([ids, mask, segments], scores), rows(texts))
    model.save(folder / "bert.keras")
    more = ["--tokenizer", folder / "tokenizer.json"]
    return folder / "bert.keras", more, lambda asked: model.predict(rows(asked), verbose=0)


def convolution(keras):
    """Return the layers of Keras's example, a fraction as wide."""
    return keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int64"),
            keras.layers.Embedding(TOKENS, 32),
            keras.layers.Conv1D(32, 7, padding="valid", activation="relu", strides=3),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )


def trained(keras, model, inputs):
    """Return the model after an epoch on reviews, the first half of them negative."""
    model.compile("adam", "sparse_categorical_crossentropy")
    labels = np.repeat([0, 1], TRAINED // 2)
    order = np.random.default_rng(0).permutation(TRAINED)
    shuffled = [each[order] for each in inputs] if isinstance(inputs, list) else inputs[order]
    keras.utils.set_random_seed(0)
    model.fit(shuffled, labels[order], epochs=2, batch_size=32, verbose=0)
    return model


FORMS = {
    "official": official,
    "lstm": lambda *given: hobby(*given, both=False),
    "bilstm": lambda *given: hobby(*given, both=True),
    "bert": bert,
}


@pytest.mark.parametrize("form", list(FORMS))
def test_a_bundle_agrees_on_every_review_and_its_capitals(form, reviews, folder, tmp_path):
    import keras

    texts, asked = reviews
    model, more, predict = FORMS[form](keras, texts, tmp_path)
    out = tmp_path / f"{form}.satchel"
    given = [model, "--labels", folder / "labels.txt", "--evaluation", folder / "evaluation.csv"]
    assert (
        run_satchel(
            "convert", *given, *more, "--schemes", "float32", "--accept-accuracy", "--out", out
        )
        == 0
    )
    every = [*asked, *(text.upper() for text in asked)]
    expected = predict(every)
    assert len(every) == 2 * ASKED
    for entry in open_bundle(out).card.models:
        classifier = TextClassifier(out, model=entry.file)
        found = np.stack([classifier.scores(text) for text in every])
        assert (found.argmax(axis=1) == expected.argmax(axis=1)).mean() == 1, entry.file
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=entry.file)
