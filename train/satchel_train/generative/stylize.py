"""Changes an image step by step until it has the style of another one.

Source: Gatys et al. 2016, Image Style Transfer Using Convolutional Neural Networks. They use
L-BFGS. Adam, which every backend has, needs more steps and reaches the same quality.
"""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput
from satchel.preprocessing import read_pixels
from satchel_train.errors import DivergedError, FolderError, SettingsError
from satchel_train.generative.loss_model import build_loss_model
from satchel_train.generative.loss_network import open_loss_network
from satchel_train.generative.style_losses import LOSS_WEIGHTS, Likeness
from satchel_train.generative.stylize_settings import StylizeSettings
from satchel_train.plots.contact_sheet import contact_sheet
from satchel_train.training_loop.memory import reporting_memory_shortage
from satchel_train.training_loop.progress import NOTHING, OnProgress, Progress, silent

RATE = 3.0
"""The learning rate: about how many levels a step changes a pixel."""
MEASURED_EVERY = 50
"""The number of steps between two reports of the losses."""
LOSSES = ("content_loss", "style_loss")


class StylizeResult(NamedTuple):
    """A repainted image and its losses."""

    file: Path
    """The PNG file that was written."""
    measured: Mapping[str, float]
    """``content_loss`` and ``style_loss``, from 0 (the same) to about 1 (nothing in common)."""


@reporting_memory_shortage()
def stylize(
    content: Path,
    style: Path,
    settings: StylizeSettings = StylizeSettings(),  # noqa: B008  frozen
    *,
    out: str | os.PathLike[str],
    on_progress: OnProgress = silent,
) -> StylizeResult:
    """Write ``content``, cut to a square, in the style of ``style`` and return the result.

    Args:
        content: the file of the image to repaint.
        style: the file of the image with the style.
        settings: the size, the steps and the network that compares images.
        out: the file to write, a .png.
        on_progress: is called at every step, and gets the losses every 50 steps.

    Raises:
        SettingsError: if ``out`` is no .png.
        FolderError: if ``out`` cannot be written.
        InputError: with the file's name, for a file that is no image.
        DataError: for a loss network that is missing or unsuitable.
        MemoryShortageError: if the device or the machine has too little memory.
        DivergedError: for losses that are no longer finite.

    """
    target = Path(out)
    check_image_target(target)
    network = open_loss_network(settings.loss_network, weights=settings.weights).model
    image = ImageInput(height=settings.side, width=settings.side, fit="crop")
    start, wanted = (read_pixels(path, image).astype(np.float32) for path in (content, style))
    painted, measured = _paint(start, wanted, network, settings.steps, on_progress)
    try:
        target.write_bytes(painted)
    except OSError as error:
        raise _not_writable(target, error.strerror or str(error)) from error
    return StylizeResult(target, measured)


def check_image_target(target: Path) -> None:
    """Check that a PNG can be written to ``target``.

    Raises SettingsError for another suffix, FolderError if there is no such folder.
    """
    if target.suffix.lower() != ".png":
        raise SettingsError(f"Expected a .png to write, got {str(target)!r}.")
    if not target.parent.is_dir():
        raise _not_writable(target, "its folder is not there")


def _not_writable(target: Path, reason: str) -> FolderError:
    return FolderError(f"Expected a place to write the image, got {str(target)!r}: {reason}.")


def _paint(
    start: NDArray[np.float32],
    wanted: NDArray[np.float32],
    network: Any,
    steps: int,
    on_progress: OnProgress,
) -> tuple[bytes, Mapping[str, float]]:
    """Return a PNG of ``start`` in the style of ``wanted``, and its losses."""
    painter, canvas = _build_painter(start, wanted, network)
    measured: Mapping[str, float] = NOTHING
    on_progress(Progress(0, steps))
    for step in range(1, steps + 1):
        # A step ignores its input: the image is in the weights of the canvas.
        losses = painter.train_on_batch(start, return_dict=True)
        measured = {name: float(losses[name]) for name in LOSSES}
        if not all(map(math.isfinite, measured.values())):
            raise DivergedError(
                f"Expected finite losses, got {measured} in step {step} of {steps}: compare the"
                " images by the features of another classifier (--loss-network)."
            )
        told = step % MEASURED_EVERY == 0 or step == steps
        on_progress(Progress(step, steps, measured=measured if told else NOTHING))
        painter.reset_metrics()
    return contact_sheet([_to_pixels(canvas)]), measured


def _build_painter(
    start: NDArray[np.float32], wanted: NDArray[np.float32], network: Any
) -> tuple[Any, Any]:
    """Return a compiled keras.Model whose steps change the canvas, and the canvas."""
    from keras.optimizers import Adam

    canvas = _build_canvas(start.shape)
    canvas.pixels.assign(start)
    likeness = Likeness(network, wanted)
    content_features = likeness.content(start)
    painter = build_loss_model(
        {"canvas": canvas, "loss_network": network},
        losses=lambda _: likeness.losses(canvas.pixels, content_features),
        weights=LOSS_WEIGHTS,
    )
    painter.compile(optimizer=Adam(RATE))
    return painter, canvas


def _build_canvas(shape: tuple[int, ...]) -> Any:
    """Return a keras.Layer whose one weight is an image, RGB of 0 to 255."""
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
