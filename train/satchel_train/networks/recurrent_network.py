"""A text classifier that reads word by word and averages what it had in mind.

The mean over the states, rather than the last one, lets every word's gradient reach it directly.
Padding stands behind the words, so no state that counts has seen any.
"""

from typing import Any, Literal

Cell = Literal["rnn", "lstm"]


def build_recurrent_network(
    cell: Cell, *, ids: int, length: int, size: int, units: int, dropout: float, labels: int
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, labels).

    Args:
        cell: ``rnn``, Elman 1990; ``lstm``, Hochreiter and Schmidhuber 1997.
        ids: how many there are; 0 is padding.
        length: ids a text.
        size: numbers a word's vector.
        units: numbers of the state.
        dropout: share of the words, and of the mean's numbers, that is silent in a training step.
        labels: outputs, of a softmax.

    """
    from keras import Input, Model, layers, ops

    tokens = Input((length,), dtype="int32", name="ids")
    words = ops.not_equal(tokens, 0)
    values = layers.Embedding(ids, size, name="words")(tokens)
    # Whole words: names of films and actors are in other reviews than those it is tested on.
    values = layers.Dropout(dropout, noise_shape=(None, length, 1), name="dropout_1")(values)
    # It changes no answer, but ONNX Runtime 1.32 aborts where the vectors of a quantized table
    # enter a loop as they are.
    present = ops.expand_dims(ops.cast(words, values.dtype), axis=-1)
    values = layers.Multiply(name="without_padding")([values, present])
    layer = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM}[cell]
    values = layer(units, return_sequences=True, name=cell)(values)
    values = layers.GlobalAveragePooling1D(name="mean")(values, mask=words)
    values = layers.Dropout(dropout, name="dropout_2")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(tokens, scores)
