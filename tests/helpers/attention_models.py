"""Keras models with attention, in the forms in which Keras writes it."""

import numpy as np

LENGTH, IDS, SIZE = 24, 300, 16
WORDS = (0, 1, 2, LENGTH // 2, LENGTH - 1, LENGTH)
"""The words of each of ``texts``"""


def encoder(values, mask, *, heads, dropout, causal):
    from keras import layers

    attention = layers.MultiHeadAttention(heads, SIZE // heads, dropout=dropout)
    seen = attention(values, values, attention_mask=mask, use_causal_mask=causal)
    values = layers.LayerNormalization()(layers.Add()([values, seen]))
    inner = layers.Dense(2 * SIZE, activation="gelu")(values)
    return layers.LayerNormalization()(layers.Add()([values, layers.Dense(SIZE)(inner)]))


def transformer(*, heads=2, dropout=0.1, causal=False, mask="words", blocks=2):
    """Return a model of random weights that attends as someone's own model may."""
    import keras
    from keras import layers, ops

    keras.utils.set_random_seed(3)
    tokens = keras.Input(batch_shape=(1, LENGTH), dtype="int32", name="ids")
    values = layers.Embedding(IDS, SIZE, mask_zero=mask == "automatic")(tokens)
    words = ops.expand_dims(ops.not_equal(tokens, 0), 1) if mask == "words" else None
    for _ in range(blocks):
        values = encoder(values, words, heads=heads, dropout=dropout, causal=causal)
    values = ops.reshape(values, (1, LENGTH * SIZE))
    model = keras.Model(tokens, layers.Dense(3, activation="softmax")(values))
    generator = np.random.default_rng(3)
    for weights in model.weights:
        # Keras begins with biases of 0 and gains of 1, which hide much.
        if len(weights.shape) == 1:
            weights.assign(weights + generator.normal(0, 0.2, weights.shape))
    return model


def texts():
    """Yield ids, int32 (1, LENGTH), with as many words as ``WORDS`` says."""
    generator = np.random.default_rng(4)
    for words in WORDS:
        ids = np.zeros((1, LENGTH), np.int32)
        ids[0, :words] = generator.integers(1, IDS, words)
        yield ids
