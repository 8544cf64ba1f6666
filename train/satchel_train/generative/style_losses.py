"""How far an image is from another one's content, and from another one's style.

Sources: Gatys et al. 2016, Image Style Transfer Using Convolutional Neural Networks; Johnson et al.
2016, Perceptual Losses for Real-Time Style Transfer and Super-Resolution. Both losses are shares of
what they are compared with, so that the same weights serve every loss network.
"""

from collections.abc import Sequence
from typing import Any

LOSS_WEIGHTS = {"content_loss": 1.0, "style_loss": 2.0, "roughness": 0.05}
TINY = 1e-8
"""Where a layer says nothing of an image"""


def gram(features: Any) -> Any:
    """Return which channels occur together, (n, channels, channels), wherever in the image."""
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
    """Return the same of Gram matrices, as a mean over layers; ``wanted`` are an image's."""
    from keras import ops

    losses = [
        ops.mean(ops.square(gram(found) - target)) / (ops.mean(ops.square(target)) + TINY)
        for found, target in zip(features, wanted, strict=True)
    ]
    return sum(losses) / len(losses)


def roughness(images: Any) -> Any:
    """Return how much neighbouring pixels differ, of 0 to 1 between black and white."""
    from keras import ops

    down = ops.mean(ops.abs(images[:, 1:] - images[:, :-1]))
    across = ops.mean(ops.abs(images[:, :, 1:] - images[:, :, :-1]))
    return (down + across) / 255


class Likeness:
    """Compares images with a content and with one style, in the features of ``loss_network``."""

    def __init__(self, loss_network: Any, style: Any) -> None:
        self._loss_network = loss_network
        self._wanted = [gram(features) for features in loss_network(style)["style"]]

    def content(self, images: Any) -> Any:
        """Return the features in which content is compared."""
        return self._loss_network(images)["content"]

    def losses(self, painted: Any, content: Any) -> dict[str, Any]:
        """Return what LOSS_WEIGHTS names, of images that are to show ``content``."""
        seen = self._loss_network(painted)
        return {
            "content_loss": content_loss(seen["content"], content),
            "style_loss": style_loss(seen["style"], self._wanted),
            "roughness": roughness(painted),
        }
