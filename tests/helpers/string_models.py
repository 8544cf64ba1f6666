"""Tiny models that take strings, as Keras's and TensorFlow's own examples make them."""

import re
import string

import numpy as np

TEXTS = [
    "a good film, a GREAT plot!",
    "bad, dull & boring film",
    "I loved every minute of it",
    "what an awful ending... never again",
    "lovely actor, fine plot",
    "<br />It's not good.<br />Not at all",
    "caf\u00e9 na\u00efve \u201cquotes\u201d \U0001f600",
    "good good good bad",
]
"""Texts of which the vocabularies are made"""
STRANGE = ["", "zzz unknown", "word " * 40, "tabs\tand\nlines", " .,!? ", "\u4e2d\u6587 \u0130"]
LABELS = ("negative", "positive")
LENGTH = 12
TOKENS = 60


def changed(texts=(*TEXTS, *STRANGE)):
    """Return the texts, and the same in capitals."""
    return [*texts, *[text.upper() for text in texts]]


def tutorial(text):
    """Return a text as TensorFlow's tutorial on text classification standardizes it."""
    import tensorflow as tf

    text = tf.strings.regex_replace(tf.strings.lower(text), "<br />", " ")
    return tf.strings.regex_replace(text, f"[{re.escape(string.punctuation)}]", "")


def vectorization(keras=None, **settings):
    """Return a TextVectorization that has seen TEXTS."""
    if keras is None:
        import keras
    if settings.get("output_mode", "int") == "int":
        settings = {"output_sequence_length": LENGTH, **settings}
    layer = keras.layers.TextVectorization(max_tokens=TOKENS, **settings)
    layer.adapt(TEXTS)
    return layer


def dense(keras):
    """Return the layers behind a vectorization that counts."""
    return [keras.layers.Dense(2, activation="softmax", kernel_initializer=_wide(keras))]


def averaged(keras):
    """Return the layers behind ids, as in Keras's guides."""
    return [
        keras.layers.Embedding(TOKENS, 6, embeddings_initializer=_wide(keras)),
        keras.layers.GlobalAveragePooling1D(),
        *dense(keras),
    ]


def recurrent(keras, *, both=False):
    """Return the layers behind ids with an LSTM, or one in each direction, that read the zeros."""
    lstm = keras.layers.LSTM(5)
    return [
        keras.layers.Embedding(TOKENS, 6, embeddings_initializer=_wide(keras)),
        keras.layers.Bidirectional(lstm) if both else lstm,
        *dense(keras),
    ]


def model_of_strings(*layers, keras=None, shape=(1,)):
    """Return a model from strings to two labels, with chance weights."""
    if keras is None:
        import keras
    return keras.Sequential([keras.Input(shape, dtype="string"), *layers])


def scores_of(model, texts):
    """Return what a Keras model says of texts itself, (texts, labels)."""
    import tensorflow as tf

    strings = tf.constant(texts)
    rank = len(model.inputs[0].shape)
    return np.asarray(model(strings if rank == 1 else strings[:, None], training=False))


def _wide(keras):
    return keras.initializers.RandomNormal(stddev=1.0, seed=1)
