"""Changes a picture step by step until it has another one's style.

Source: Gatys et al. 2016, Image Style Transfer Using Convolutional Neural Networks. Theirs is
L-BFGS; Adam, which every backend has, needs more steps and comes as far.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel.preprocessing import read_pixels
from satchel_train.drawing.contact_sheet import contact_sheet
from satchel_train.generative.loss_model import build_loss_model
from satchel_train.generative.style_losses import LOSS_WEIGHTS, Likeness

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
    canvas = _build_canvas(start.shape)
    canvas.pixels.assign(start)
    likeness = Likeness(loss_network, wanted)
    content_features = likeness.content(start)
    painter = build_loss_model(
        {"canvas": canvas, "loss_network": loss_network},
        losses=lambda _: likeness.losses(canvas.pixels, content_features),
        weights=LOSS_WEIGHTS,
    )
    painter.compile(optimizer=Adam(RATE))
    for step in range(1, steps + 1):
        # What a step is given does not matter: what has become of the picture is on the canvas.
        losses = painter.train_on_batch(start, return_dict=True)
        if step % SAID_EVERY == 0 or step == steps:
            found = "".join(
                f"  {name} {losses[name]:.4f}" for name in ("content_loss", "style_loss")
            )
            say(f"step {step}/{steps}{found}")
        painter.reset_metrics()
    return contact_sheet([_to_pixels(canvas)])


def _build_canvas(shape: tuple[int, ...]) -> Any:
    """Return a keras.Layer whose one weight is a picture, RGB of 0 to 255."""
    import keras

    class Canvas(keras.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.pixels = self.add_weight(shape=shape, name="pixels")
            # Keras builds a layer when it is called, and this one never is.
            self.built = True

    return Canvas()


def _to_pixels(canvas: Any) -> NDArray[np.uint8]:
    from keras import ops

    values = ops.convert_to_numpy(canvas.pixels.value)
    pixels: NDArray[np.uint8] = np.rint(values).clip(0, 255).astype(np.uint8)
    return pixels
