"""How a pass tells a tensor of pixels from others."""

from typing import Any


def is_image(tensor: Any) -> bool:
    """Return whether a deployable model's input or output is an image, (1, height, width, 3).

    The others have two axes: ``to_deployable`` promises both.
    """
    return len(tensor.shape) == 4 and tensor.shape[3] == 3
