"""A text classifier that averages over its words.

Each word is a vector; their mean, over the words that are there and not over the padding, goes
through one hidden layer. Word order is lost, and with it what "not" belongs to, in exchange for a
model of a few thousand additions.

Source: Joulin et al. 2016, Bag of Tricks for Efficient Text Classification (fastText).
"""

from typing import Any


def build_mean_embedding(
    *, ids: int, length: int, size: int, hidden: int, dropout: float, labels: int
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, labels).

    Args:
        ids: how many there are; 0 is padding.
        length: ids a text.
        size: numbers a word's vector.
        hidden: units of the one layer between the mean and the scores.
        dropout: share of the mean, and of the hidden units, that is silent in a training step.
        labels: outputs, of a softmax.

    """
    from keras import Input, Model, layers

    tokens = Input((length,), dtype="int32", name="ids")
    values = layers.Embedding(ids, size, mask_zero=True, name="words")(tokens)
    values = layers.GlobalAveragePooling1D(name="mean")(values)
    values = layers.Dropout(dropout, name="dropout_1")(values)
    values = layers.Dense(hidden, activation="relu", name="hidden")(values)
    values = layers.Dropout(dropout, name="dropout_2")(values)
    scores = layers.Dense(labels, activation="softmax", name="scores")(values)
    return Model(tokens, scores)
