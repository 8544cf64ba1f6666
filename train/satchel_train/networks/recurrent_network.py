"""A text classifier that reads word by word and averages its states.

With the mean over the states, rather than the last state, the gradient reaches every word directly.
Padding comes after the words, so the averaged states do not depend on it.
"""

from typing import Any, Literal

from satchel_train.networks.words import words_of

Cell = Literal["rnn", "lstm"]


def build_recurrent_network(
    cell: Cell,
    *,
    ids: int,
    length: int,
    size: int,
    units: int,
    dropout: float,
    labels: int,
    has_start: bool = True,
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, labels).

    Args:
        cell: ``rnn``, Elman 1990; ``lstm``, Hochreiter and Schmidhuber 1997.
        ids: the number of ids; 0 is padding.
        length: the number of ids in a text.
        size: the size of a word's vector.
        units: the size of the state.
        dropout: the share of the words, and of the mean, that a training step leaves out.
        labels: the number of outputs of the softmax.
        has_start: whether every text has a token in front, so that none has no words.

    """
    from keras import Input, Model, layers, ops

    tokens = Input((length,), dtype="int32", name="ids")
    words = words_of(tokens, has_start=has_start)
    values = layers.Embedding(ids, size, name="words")(tokens)
    # Drop whole words: names of films and actors do not help in reviews of other films.
    values = layers.Dropout(dropout, noise_shape=(None, length, 1), name="dropout_1")(values)
    # This changes no prediction, but ONNX Runtime 1.32 aborts if the vectors of a quantized table
    # enter a loop directly.
    present = ops.expand_dims(ops.cast(words, values.dtype), axis=-1)
    values = layers.Multiply(name="without_padding")([values, present])
    layer = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM}[cell]
    values = layer(units, return_sequences=True, name=cell)(values)
    values = layers.GlobalAveragePooling1D(name="mean")(values, mask=words)
    values = layers.Dropout(dropout, name="dropout_2")(values)
    scores = layers.Dense(labels, activation="softmax", dtype="float32", name="scores")(values)
    return Model(tokens, scores)
