"""Changes a picture step by step until it has another one's style.

Source: Gatys et al. 2016, Image Style Transfer Using Convolutional Neural Networks. Theirs is
L-BFGS; Adam, which every backend has, needs more steps and comes as far.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.card import ImageInput
from satchel.images import read_pixels
from satchel_train.contact_sheet import contact_sheet
from satchel_train.style_losses import (
    ROUGHNESS_WEIGHT,
    STYLE_WEIGHT,
    content_loss,
    gram,
    roughness,
    style_loss,
)

RATE = 3.0
"""Levels that a step moves a pixel by, at most"""
SAID_EVERY = 50
"""Steps"""


def stylize(
    content: Path,
    style: Path,
    *,
    loss_network: Any,
    steps: int,
    side: int,
    say: Callable[[str], None] = lambda _: None,
) -> bytes:
    """Return ``content``, cut to a square of ``side`` pixels, in the style of ``style``, as a PNG.

    Args:
        content: a picture's file.
        style: another's.
        loss_network: the model of what ``open_loss_network`` returns.
        steps: each costs one look of the loss network.
        side: pixels.
        say: is told of the losses now and then.

    Raises InputError for what is no picture, with its name.

    """
    from keras.optimizers import Adam

    image = ImageInput(height=side, width=side, fit="crop")
    start, wanted = (read_pixels(path, image).astype(np.float32) for path in (content, style))
    canvas = _build_canvas(start, wanted, loss_network)
    canvas.compile(optimizer=Adam(RATE))
    for step in range(1, steps + 1):
        # Each step begins with the same picture: the canvas holds what has become of it.
        losses = canvas.train_on_batch(start, return_dict=True)
        if step % SAID_EVERY == 0 or step == steps:
            found = "".join(f"  {name} {losses[name]:.4f}" for name in ("content", "style"))
            say(f"step {step}/{steps}{found}")
        canvas.reset_metrics()
    return contact_sheet([_to_pixels(canvas)])


def _build_canvas(
    content: NDArray[np.float32], style: NDArray[np.float32], loss_network: Any
) -> Any:
    """Return a keras.Model whose one weight is the picture, at first ``content``."""
    import keras

    wanted_style = [gram(features) for features in loss_network(style)["style"]]
    wanted_content = loss_network(content)["content"]

    class Canvas(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.pixels = self.add_weight(shape=content.shape, name="pixels")
            self.pixels.assign(content)
            self.content = keras.metrics.Mean(name="content")
            self.style = keras.metrics.Mean(name="style")

        def call(self, begun_with: Any) -> Any:
            seen = loss_network(self.pixels)
            content = content_loss(seen["content"], wanted_content)
            style = style_loss(seen["style"], wanted_style)
            self.content.update_state(content)
            self.style.update_state(style)
            rough = roughness(self.pixels)
            self.add_loss(content + STYLE_WEIGHT * style + ROUGHNESS_WEIGHT * rough)
            return begun_with

    return Canvas()


def _to_pixels(canvas: Any) -> NDArray[np.uint8]:
    from keras import ops

    values = ops.convert_to_numpy(canvas.pixels.value)
    pixels: NDArray[np.uint8] = np.rint(values).clip(0, 255).astype(np.uint8)
    return pixels
