"""A text classifier of one transformer block: every word looks at every other one.

Source: Vaswani et al. 2017, Attention Is All You Need; positions are learned.
"""

from typing import Any


def build_transformer(
    *, ids: int, length: int, size: int, heads: int, hidden: int, dropout: float, labels: int
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, labels).

    Args:
        ids: how many there are; 0 is padding.
        length: ids a text.
        size: numbers a word's vector, and a position's.
        heads: of the attention; they share ``size``.
        hidden: units between the two layers behind the attention.
        dropout: share of the words, and of the mean's numbers, that is silent in a training step.
        labels: outputs, of a softmax.

    """
    from keras import Input, Model, layers, ops

    tokens = Input((length,), dtype="int32", name="ids")
    words = ops.not_equal(tokens, 0)
    # Counted in the graph: 0, 1, 2 and so on, whatever the batch.
    places = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    values = layers.Embedding(ids, size, name="words")(tokens)
    # Whole words: names of films and actors are in other reviews than those it is tested on.
    values = layers.Dropout(dropout, noise_shape=(None, length, 1), name="dropout_1")(values)
    values = layers.Add(name="placed")(
        [values, layers.Embedding(length, size, name="places")(places)]
    )
    # With dropout, Keras takes a path that puts no length by length array of ones into the file.
    attention = layers.MultiHeadAttention(heads, size // heads, dropout=0.1, name="attention")
    seen = attention(values, values, attention_mask=ops.expand_dims(words, axis=1))
    values = _added(values, seen, name="attended")
    inner = layers.Dense(hidden, activation="relu", name="hidden")(values)
    values = _added(values, layers.Dense(size, name="outer")(inner), name="block")
    values = layers.GlobalAveragePooling1D(name="mean")(values, mask=words)
    values = layers.Dropout(dropout, name="dropout_2")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(tokens, scores)


def _added(values: Any, change: Any, *, name: str) -> Any:
    """Return the normalized sum."""
    from keras import layers

    values = layers.Add(name=f"{name}_sum")([values, change])
    return layers.LayerNormalization(name=name)(values)
