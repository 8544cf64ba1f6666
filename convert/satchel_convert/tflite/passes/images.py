"""Tells a tensor of pixels from other tensors."""

from typing import Any


def is_image(tensor: Any) -> bool:
    """Return whether a deployable model's input or output is an image, (1, height, width, 3).

    Other inputs and outputs have two axes. ``to_deployable`` guarantees both.
    """
    return len(tensor.shape) == 4 and tensor.shape[3] == 3
