"""Packs numbers of 4 bits as TFLite stores them."""

import numpy as np
from numpy.typing import NDArray

LEAST = 1024
"""The fewest numbers in a weight for which it is worth adding an operator that makes floats of
it"""


def pack_int4(levels: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Return numbers from -8 to 7 packed two in a byte, the first one in the lower half.

    >>> pack_int4(np.array([1, -1, 7], np.int8))
    array([241,   7], dtype=uint8)
    """
    flat = levels.ravel().view(np.uint8) & 0x0F
    padded = np.pad(flat, (0, len(flat) % 2))
    packed: NDArray[np.uint8] = padded[::2] | padded[1::2] << 4
    return packed
