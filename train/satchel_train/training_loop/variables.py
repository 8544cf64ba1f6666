"""Keras variables to NumPy arrays and back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def values(variables: Sequence[Any]) -> list[NDArray[Any]]:
    """Return copies of what ``variables`` hold, on whatever device or machines they are."""
    from keras import ops

    # A copy: some backends give a view of memory that the next step writes to.
    return [
        np.array(ops.convert_to_numpy(ops.convert_to_tensor(variable))) for variable in variables
    ]


def assign(variables: Sequence[Any], arrays: Sequence[NDArray[Any]]) -> None:
    """Give each of ``variables`` the array at its place."""
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
