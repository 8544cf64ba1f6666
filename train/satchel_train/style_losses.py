"""How far a picture is from another one's content, and from another one's style.

Sources: Gatys et al. 2016, Image Style Transfer Using Convolutional Neural Networks; Johnson et al.
2016, Perceptual Losses for Real-Time Style Transfer and Super-Resolution. Both losses are shares of
what they are compared with, so that the same weights serve every loss network.
"""

from collections.abc import Sequence
from typing import Any

STYLE_WEIGHT = 2.0
ROUGHNESS_WEIGHT = 0.05
TINY = 1e-8
"""Where a layer says nothing of a picture"""


def gram(features: Any) -> Any:
    """Return which channels occur together, (n, channels, channels), wherever in the picture."""
    from keras import ops

    count, height, width, channels = ops.shape(features)
    flat = ops.reshape(features, (count, height * width, channels))
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(
        height * width, features.dtype
    )


def content_loss(features: Any, wanted: Any) -> Any:
    """Return the squared difference of two pictures' features, as a share of the second's."""
    from keras import ops

    return ops.mean(ops.square(features - wanted)) / (ops.mean(ops.square(wanted)) + TINY)


def style_loss(features: Sequence[Any], wanted: Sequence[Any]) -> Any:
    """Return the same of Gram matrices, as a mean over layers; ``wanted`` are a picture's."""
    from keras import ops

    losses = [
        ops.mean(ops.square(gram(found) - target)) / (ops.mean(ops.square(target)) + TINY)
        for found, target in zip(features, wanted, strict=True)
    ]
    return sum(losses) / len(losses)


def roughness(pictures: Any) -> Any:
    """Return how much neighbouring pixels differ, of 0 to 1 between black and white."""
    from keras import ops

    down = ops.mean(ops.abs(pictures[:, 1:] - pictures[:, :-1]))
    across = ops.mean(ops.abs(pictures[:, :, 1:] - pictures[:, :, :-1]))
    return (down + across) / 255
