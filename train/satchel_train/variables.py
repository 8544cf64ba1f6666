"""The numbers a model holds, taken out and put back."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def values(variables: Iterable[Any]) -> list[NDArray[Any]]:
    """Return a copy of what each Keras variable holds, in its dtype and shape."""
    from keras import ops

    # A copy: some backends give a view of memory that the next step writes to.
    return [np.array(ops.convert_to_numpy(variable.value)) for variable in variables]


def restore(variables: Sequence[Any], arrays: Sequence[NDArray[Any]]) -> Sequence[NDArray[Any]]:
    """Give each variable its array, in the order of ``values``, and return the arrays behind."""
    for variable, array in zip(variables, arrays, strict=False):
        variable.assign(array)
    return arrays[len(variables) :]
