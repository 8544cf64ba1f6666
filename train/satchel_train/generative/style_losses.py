"""Measures how much an image differs from the content of one image and the style of another.

Sources: Gatys et al. 2016, Image Style Transfer Using Convolutional Neural Networks; Johnson et al.
2016, Perceptual Losses for Real-Time Style Transfer and Super-Resolution. Both losses are relative
to the wanted features, so that the same weights work for every loss network.
"""

from collections.abc import Sequence
from typing import Any

LOSS_WEIGHTS = {"content_loss": 1.0, "style_loss": 2.0, "roughness": 0.05}
TINY = 1e-8
"""Added to a denominator, which is 0 where all features of a layer are 0."""


def gram(features: Any) -> Any:
    """Return the Gram matrices, (n, channels, channels): which channels occur together."""
    from keras import ops

    count, height, width, channels = ops.shape(features)
    flat = ops.reshape(features, (count, height * width, channels))
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(
        height * width, features.dtype
    )


def content_loss(features: Any, wanted: Any) -> Any:
    """Return the squared difference of two images' features, as a share of the second's."""
    from keras import ops

    return ops.mean(ops.square(features - wanted)) / (ops.mean(ops.square(wanted)) + TINY)


def style_loss(features: Sequence[Any], wanted: Sequence[Any]) -> Any:
    """Return the relative squared difference of Gram matrices, a mean over the layers.

    ``wanted`` holds the Gram matrices of the style, one array for each layer.
    """
    from keras import ops

    losses = [
        ops.mean(ops.square(gram(found) - target)) / (ops.mean(ops.square(target)) + TINY)
        for found, target in zip(features, wanted, strict=True)
    ]
    return sum(losses) / len(losses)


def roughness(images: Any) -> Any:
    """Return the mean difference of neighbouring pixels; between black and white it is 1."""
    from keras import ops

    down = ops.mean(ops.abs(images[:, 1:] - images[:, :-1]))
    across = ops.mean(ops.abs(images[:, :, 1:] - images[:, :, :-1]))
    return (down + across) / 255


class Likeness:
    """Compares images with contents and with one style, by the features of ``loss_network``."""

    def __init__(self, loss_network: Any, style: Any) -> None:
        self._loss_network = loss_network
        self._wanted = [gram(features) for features in loss_network(style)["style"]]

    def content(self, images: Any) -> Any:
        """Return the features of ``images`` that compare content."""
        return self._loss_network(images)["content"]

    def losses(self, painted: Any, content: Any) -> dict[str, Any]:
        """Return the losses of LOSS_WEIGHTS for ``painted`` images that should show ``content``."""
        seen = self._loss_network(painted)
        return {
            "content_loss": content_loss(seen["content"], content),
            "style_loss": style_loss(seen["style"], self._wanted),
            "roughness": roughness(painted),
        }
