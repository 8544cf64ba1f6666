"""A style transfer network and what it is trained by, as one model."""

from typing import Any

from satchel_train.generative.loss_model import build_loss_model
from satchel_train.generative.style_losses import LOSS_WEIGHTS, Likeness

LEVELS = 127.5
"""From 0 on each side, as tanh gives them"""


def build_painter(network: Any, loss_network: Any, style: Any) -> Any:
    """Return a keras.Model of images, RGB of 0 to 255, whose steps train ``network``.

    Args:
        network: the style transfer network.
        loss_network: what images are compared in.
        style: the image to learn from, float32 (1, height, width, 3), 0 to 255.

    """
    from keras import ops

    likeness = Likeness(loss_network, style)

    def losses(images: Any) -> dict[str, Any]:
        painted = network(images / LEVELS - 1) * LEVELS + LEVELS
        return likeness.losses(painted, ops.stop_gradient(likeness.content(images)))

    networks = {"network": network, "loss_network": loss_network}
    return build_loss_model(networks, losses=losses, weights=LOSS_WEIGHTS)
