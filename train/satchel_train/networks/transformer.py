"""A text classifier of one transformer block, in which every word attends to every other word.

Source: Vaswani et al. 2017, Attention Is All You Need; positions are learned.
"""

from typing import Any

from satchel_train.networks.words import words_of


def build_transformer(
    *,
    ids: int,
    length: int,
    size: int,
    heads: int,
    hidden: int,
    dropout: float,
    labels: int,
    has_start: bool = True,
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, labels).

    Args:
        ids: the number of ids; 0 is padding.
        length: the number of ids in a text.
        size: the size of the vector of a word and of a position.
        heads: the number of attention heads, which share ``size``.
        hidden: the units between the two layers after the attention.
        dropout: the share of the words, and of the mean, that a training step leaves out.
        labels: the number of outputs of the softmax.
        has_start: whether every text has a token in front, so that none has no words.

    """
    from keras import Input, Model, layers, ops

    tokens = Input((length,), dtype="int32", name="ids")
    words = words_of(tokens, has_start=has_start)
    # The graph counts the positions 0, 1, 2 and so on, for any batch size.
    places = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    values = layers.Embedding(ids, size, name="words")(tokens)
    # Drop whole words: names of films and actors do not help in reviews of other films.
    values = layers.Dropout(dropout, noise_shape=(None, length, 1), name="dropout_1")(values)
    values = layers.Add(name="placed")(
        [values, layers.Embedding(length, size, name="places")(places)]
    )
    # With dropout, Keras does not store an array of ones, length by length, in the file.
    # In mixed precision, attention stays in float32 for the sake of its softmax.
    attention = layers.MultiHeadAttention(
        heads, size // heads, dropout=0.1, dtype="float32", name="attention"
    )
    seen = attention(values, values, attention_mask=ops.expand_dims(words, axis=1))
    values = add_normalized(values, seen, name="attended")
    inner = layers.Dense(hidden, activation="relu", name="hidden")(values)
    values = add_normalized(values, layers.Dense(size, name="outer")(inner), name="block")
    values = layers.GlobalAveragePooling1D(name="mean")(values, mask=words)
    values = layers.Dropout(dropout, name="dropout_2")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(tokens, scores)


def add_normalized(values: Any, change: Any, *, name: str) -> Any:
    """Return the normalized sum of ``values`` and ``change``."""
    from keras import layers

    values = layers.Add(name=f"{name}_sum")([values, change])
    return layers.LayerNormalization(name=name)(values)
