"""A linear classifier over words and pairs of neighbours, as a Keras model.

The weight of a word is looked up by its id, and the weight of a pair in a table of first words by
second words. Words that begin pairs have consecutive ids, and so have words that end pairs, so that
two clips and a product find the cell. No pair shares a cell with another one.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.preprocessing import START
from satchel_train.data.vocabulary import SPECIAL


class PairTable(NamedTuple):
    """Weights of pairs, float32 (first words, second words)."""

    weights: NDArray[np.float32]
    first_id: int
    """The id of the word of row 0."""
    second_id: int
    """The id of the word of column 0."""


def build_lasso(
    words: NDArray[np.float32], *, intercept: float, length: int, pairs: PairTable | None
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, 2).

    Args:
        words: the weights by id, (ids,); those of ids that are no words are 0.
        intercept: the logit of an empty text.
        length: the number of ids in a text.
        pairs: the weights of pairs of neighbouring words.

    """
    from keras import Input, Model, layers, ops

    tokens = Input((length,), dtype="int32", name="ids")
    # Every text has exactly one <START>, so its weight can hold the intercept.
    words = words.copy()
    words[SPECIAL.index(START)] = intercept
    weights = _look_up(tokens, words, name="words")
    if pairs is not None:
        weights = layers.Concatenate(axis=1, name="all")(
            [weights, _look_up(_cells(tokens, pairs), _framed(pairs), name="pairs")]
        )
    logits = ops.sum(weights, axis=1)
    scores = layers.Dense(2, use_bias=False, activation="softmax", name="scores")
    model = Model(tokens, scores(logits))
    scores.set_weights([np.array([[0, 1]], np.float32)])
    return model


def _look_up(positions: Any, weights: NDArray[np.float32], *, name: str) -> Any:
    """Return the weights at ``positions``, (n, positions, 1)."""
    from keras import layers

    layer = layers.Embedding(weights.size, 1, name=name)
    found = layer(positions)
    layer.set_weights([weights.reshape(-1, 1)])
    return found


def _framed(pairs: PairTable) -> NDArray[np.float32]:
    """Return the table with zeros on every side, which are the weights of other words."""
    return np.pad(pairs.weights, 1)


def _cells(tokens: Any, pairs: PairTable) -> Any:
    """Return each pair's position in the flattened framed table, (n, length - 1)."""
    from keras import ops

    rows, columns = pairs.weights.shape
    row_before, column_before = pairs.first_id - 1, pairs.second_id - 1
    row = ops.clip(tokens[:, :-1], row_before, pairs.first_id + rows)
    column = ops.clip(tokens[:, 1:], column_before, pairs.second_id + columns)
    width = columns + 2
    # Use only differences: for a batch of one, Keras would convert a sum to the addition of a bias,
    # which TFLite does not have for integers.
    return row * width - (row_before * width + column_before - column)
