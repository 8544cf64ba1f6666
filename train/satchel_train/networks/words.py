"""Finds the words of a text among its padding."""

from typing import Any


def words_of(tokens: Any, *, has_start: bool) -> Any:
    """Return which of the ids, int32 (n, length), are words and no padding, bool (n, length).

    Without a start in front of every text, the first id always counts: the mean over a text
    without words would be a division by zero.
    """
    from keras import ops

    words = ops.not_equal(tokens, 0)
    if has_start:
        return words
    # The graph counts the positions 0, 1, 2 and so on, for any batch size.
    places = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    return ops.logical_or(words, ops.equal(places, 0))
