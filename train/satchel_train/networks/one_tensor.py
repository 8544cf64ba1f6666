"""Feeds a model of several inputs from one array, as samples of every other model are."""

from typing import Any


def of_one_tensor(model: Any) -> Any:
    """Return a keras.Model that reads the inputs of ``model`` as the rows of one tensor.

    Its input is (n, inputs, length). It shares the layers and weights of ``model``. A model of one
    input is returned unchanged.
    """
    import keras

    count = len(model.inputs)
    if count == 1:
        return model
    first = model.inputs[0]
    rows = keras.Input((count, *first.shape[1:]), dtype=first.dtype, name="rows")
    return keras.Model(rows, model([rows[:, row] for row in range(count)]), name=model.name)
