"""A linear classifier over words and pairs of neighbours, as a Keras model.

The weight of a word is looked up by its id, that of a pair in a table of first words by second
words: words that begin pairs have ids side by side, and so have those that end pairs, so that two
clips and a product find the cell. No pair is mistaken for another one.
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
    """Of row 0"""
    second_id: int
    """Of column 0"""


def build_lasso(
    words: NDArray[np.float32], *, intercept: float, length: int, pairs: PairTable | None
) -> Any:
    """Return a keras.Model from token ids, int32 (n, length), to scores, float32 (n, 2).

    Args:
        words: weights by id, (ids,); zero for what is no word.
        intercept: the logit of an empty text.
        length: ids a text.
        pairs: weights of words side by side.

    """
    from keras import Input, Model, layers, ops

    tokens = Input((length,), dtype="int32", name="ids")
    # Every text begins with <START> and has no other.
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
    """Return the table with a row and a column of zeros on every side: those of other words."""
    return np.pad(pairs.weights, 1)


def _cells(tokens: Any, pairs: PairTable) -> Any:
    """Return where in the flattened framed table every two neighbours are, (n, length - 1)."""
    from keras import ops

    rows, columns = pairs.weights.shape
    row_before, column_before = pairs.first_id - 1, pairs.second_id - 1
    row = ops.clip(tokens[:, :-1], row_before, pairs.first_id + rows)
    column = ops.clip(tokens[:, 1:], column_before, pairs.second_id + columns)
    width = columns + 2
    # Differences only: for a batch of one, Keras would make a sum the addition of a bias, which
    # TFLite does not have for integers.
    return row * width - (row_before * width + column_before - column)
