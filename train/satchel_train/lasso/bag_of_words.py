"""Counts words, and pairs of neighbouring words, in texts of token ids."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.vocabulary import SPECIAL


def frequent_pairs(inputs: NDArray[np.int32], *, at_least: int) -> NDArray[np.int64]:
    """Return the pairs of neighbouring words that occur ``at_least`` times, sorted, (pairs, 2).

    ``inputs`` is token ids (n, length). Padding, ``<START>`` and ``<UNKNOWN>`` do not count as
    words.
    """
    _, keys = _pair_keys(inputs)
    distinct, counts = np.unique(keys, return_counts=True)
    frequent = distinct[counts >= at_least]
    return np.stack(np.divmod(frequent, _BASE), axis=1)


def count(inputs: NDArray[np.int32], *, ids: int, pairs: NDArray[np.int64]) -> Any:
    """Return the count of each word and of each pair in each text, float64 (n, ids + pairs).

    The matrix is a scipy.sparse.csr_matrix. Its columns are the ids, then the sorted ``pairs``.
    The counts of ids that are no words are 0.
    """
    from scipy.sparse import csr_matrix

    rows, places = np.nonzero(inputs >= len(SPECIAL))
    columns = inputs[rows, places].astype(np.int64)
    pair_rows, keys = _pair_keys(inputs)
    known = pairs[:, 0] * _BASE + pairs[:, 1]
    found = np.isin(keys, known)
    rows = np.concatenate([rows, pair_rows[found]])
    columns = np.concatenate([columns, ids + np.searchsorted(known, keys[found])])
    # Equal positions are summed.
    return csr_matrix((np.ones(len(rows)), (rows, columns)), (len(inputs), ids + len(pairs)))


_BASE = np.int64(1 << 31)
"""A number above every id, so that a pair of ids becomes one number."""


def _pair_keys(inputs: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the text's position and the key of each pair of neighbouring words."""
    words = inputs >= len(SPECIAL)
    rows, places = np.nonzero(words[:, :-1] & words[:, 1:])
    return rows, inputs[rows, places] * _BASE + inputs[rows, places + 1]
