"""A style transfer network and what it is trained by, as one model."""

from typing import Any

from satchel_train.style_losses import (
    ROUGHNESS_WEIGHT,
    STYLE_WEIGHT,
    content_loss,
    gram,
    roughness,
    style_loss,
)

LEVELS = 127.5
"""From 0 on each side, as tanh gives them"""


def build_painter(network: Any, loss_network: Any, style: Any) -> Any:
    """Return a keras.Model of pictures, RGB of 0 to 255, whose steps train ``network``.

    Args:
        network: the style transfer network.
        loss_network: what pictures are compared in.
        style: the picture to learn from, float32 (1, height, width, 3), 0 to 255.

    """
    import keras
    from keras import ops

    wanted = [gram(features) for features in loss_network(style)["style"]]

    class Painter(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(dtype="float32")
            self.network = network
            self.loss_network = loss_network
            self.content_loss = keras.metrics.Mean(name="content_loss")
            self.style_loss = keras.metrics.Mean(name="style_loss")

        def call(self, pictures: Any) -> Any:
            painted = self.network(pictures / LEVELS - 1) * LEVELS + LEVELS
            seen = self.loss_network(painted)
            content = content_loss(
                seen["content"], ops.stop_gradient(self.loss_network(pictures)["content"])
            )
            style = style_loss(seen["style"], wanted)
            self.content_loss.update_state(content)
            self.style_loss.update_state(style)
            self.add_loss(content + STYLE_WEIGHT * style + ROUGHNESS_WEIGHT * roughness(painted))
            return painted

    return Painter()
