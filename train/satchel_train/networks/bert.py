"""A small classifier with the inputs of BERT: ids, a mask and segments, and encoder blocks.

It differs from BERT where it must learn from 22,500 texts alone, without masked words before that.
A convolution joins each few neighbouring tokens before the encoder, so that phrases are seen, and
attention over long texts costs a fraction. The scores come from the mean over the text.

Sources: Devlin et al. 2019, BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding; Gulati et al. 2020, Conformer, for the convolution before the encoder.
"""

from typing import Any

from satchel_train.networks.transformer import add_normalized


def build_bert(
    *,
    ids: int,
    length: int,
    joined: int,
    size: int,
    heads: int,
    hidden: int,
    blocks: int,
    dropout: float,
    labels: int,
) -> Any:
    """Return a keras.Model from ids, mask and segments to scores, float32 (n, labels).

    Its three inputs are int32 (n, length), in that order.

    Args:
        ids: the number of ids.
        length: the number of ids in a text, a multiple of ``joined``.
        joined: the number of tokens that become one vector before the encoder.
        size: the size of the vector of a token, a segment and a position.
        heads: the number of attention heads in a block, which share ``size``.
        hidden: the units between the two layers after the attention.
        blocks: the number of encoder blocks.
        dropout: the share of the tokens, and of the mean, that a training step leaves out.
        labels: the number of outputs of the softmax.

    """
    from keras import Input, Model, layers, ops

    tokens = Input((length,), dtype="int32", name="ids")
    mask = Input((length,), dtype="int32", name="mask")
    segments = Input((length,), dtype="int32", name="segment_ids")
    values = layers.Embedding(ids, size, name="words")(tokens)
    # Drop whole tokens: names of films and actors do not help in reviews of other films.
    values = layers.Dropout(dropout, noise_shape=(None, length, 1), name="dropout_1")(values)
    values = layers.Add(name="in_segments")(
        [values, layers.Embedding(2, size, name="segments")(segments)]
    )
    present = ops.expand_dims(ops.cast(mask, values.dtype), axis=-1)
    values = layers.Multiply(name="without_padding")([values, present])
    # Each vector sees the tokens of its neighbours, too.
    values = layers.Conv1D(
        size, 2 * joined - 1, strides=joined, padding="same", activation="relu", name="joined"
    )(values)
    words = ops.max(ops.reshape(mask, (-1, length // joined, joined)), axis=-1)
    # The graph counts the positions 0, 1, 2 and so on, for any batch size.
    places = ops.cumsum(ops.ones_like(words), axis=1) - 1
    values = layers.Add(name="placed")(
        [values, layers.Embedding(length // joined, size, name="places")(places)]
    )
    words = ops.not_equal(words, 0)
    for number in range(1, blocks + 1):
        values = _block(values, words, size, heads, hidden, name=f"block_{number}")
    values = layers.GlobalAveragePooling1D(name="mean")(values, mask=words)
    values = layers.Dropout(dropout, name="dropout_2")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model([tokens, mask, segments], scores)


def _block(values: Any, words: Any, size: int, heads: int, hidden: int, *, name: str) -> Any:
    """Return the values after one encoder block, in which all see the ``words``."""
    from keras import layers, ops

    # With dropout, Keras does not store an array of ones, length by length, in the file.
    # In mixed precision, attention stays in float32 for the sake of its softmax.
    attention = layers.MultiHeadAttention(
        heads, size // heads, dropout=0.1, dtype="float32", name=f"{name}_attention"
    )
    seen = attention(values, values, attention_mask=ops.expand_dims(words, axis=1))
    values = add_normalized(values, seen, name=f"{name}_attended")
    inner = layers.Dense(hidden, activation="relu", name=f"{name}_hidden")(values)
    outer = layers.Dense(size, name=f"{name}_outer")(inner)
    return add_normalized(values, outer, name=name)
