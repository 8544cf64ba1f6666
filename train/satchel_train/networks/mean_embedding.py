"""A text classifier that averages over its words.

Each word is a vector. The mean over the words, without the padding, goes through one hidden layer.
The order of words is lost, so "not" has no effect on the word after it. In exchange, the model
needs only a few thousand additions.

Source: Joulin et al. 2016, Bag of Tricks for Efficient Text Classification (fastText).
"""

from typing import Any

from satchel_train.networks.words import words_of


def build_mean_embedding(
    *,
    ids: int,
    length: int,
    size: int,
    hidden: int,
    dropout: float,
    labels: int,
    has_start: bool = True,
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, labels).

    Args:
        ids: the number of ids; 0 is padding.
        length: the number of ids in a text.
        size: the size of a word's vector.
        hidden: the units of the one layer between the mean and the scores.
        dropout: the share of the mean, and of the hidden units, that a training step leaves out.
        labels: the number of outputs of the softmax.
        has_start: whether every text has a token in front, so that none has no words.

    """
    from keras import Input, Model, layers

    tokens = Input((length,), dtype="int32", name="ids")
    values = layers.Embedding(ids, size, mask_zero=has_start, name="words")(tokens)
    # With a start, Keras's own mask does: it is a simpler graph.
    words = None if has_start else words_of(tokens, has_start=False)
    values = layers.GlobalAveragePooling1D(name="mean")(values, mask=words)
    values = layers.Dropout(dropout, name="dropout_1")(values)
    values = layers.Dense(hidden, activation="relu", name="hidden")(values)
    values = layers.Dropout(dropout, name="dropout_2")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(tokens, scores)
