"""Copies Keras variables to NumPy arrays and back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def values(variables: Sequence[Any]) -> list[NDArray[Any]]:
    """Return copies of the values of ``variables``, from any device or machine."""
    from keras import ops

    # Copy them, because some backends give a view of memory that the next step writes to.
    return [
        np.array(ops.convert_to_numpy(ops.convert_to_tensor(variable))) for variable in variables
    ]


def assign(variables: Sequence[Any], arrays: Sequence[NDArray[Any]]) -> None:
    """Set each of ``variables`` to the array at the same position."""
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
