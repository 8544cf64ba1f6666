"""Joins a style transfer network and its losses to one model."""

from typing import Any

from satchel_train.generative.loss_model import build_loss_model
from satchel_train.generative.style_losses import LOSS_WEIGHTS, Likeness

LEVELS = 127.5
"""The number of levels on each side of the middle, to scale images to the range of tanh."""


def build_painter(network: Any, loss_network: Any, style: Any) -> Any:
    """Return a keras.Model of images, RGB of 0 to 255, whose steps train ``network``.

    Args:
        network: the style transfer network.
        loss_network: the network whose features compare images.
        style: the image to learn from, float32 (1, height, width, 3), 0 to 255.

    """
    from keras import ops

    likeness = Likeness(loss_network, style)

    def losses(images: Any) -> dict[str, Any]:
        painted = network(images / LEVELS - 1) * LEVELS + LEVELS
        return likeness.losses(painted, ops.stop_gradient(likeness.content(images)))

    networks = {"network": network, "loss_network": loss_network}
    return build_loss_model(networks, losses=losses, weights=LOSS_WEIGHTS)
