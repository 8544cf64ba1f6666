"""Changes real and generated images alike, with a gradient for the generator.

Source: Zhao et al. 2020, Differentiable Augmentation for Data-Efficient GAN Training. Without
changes, a discriminator memorizes a small number of real images.

NumPy draws the changes and the graph applies them, so that they are the same on every backend and
after an interruption.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_SHIFT = 1 / 8
"""The largest shift in each direction, as a share of the side."""
CUT_OUT = 1 / 2
"""The side of the square that turns grey, as a share of the image's side."""
SHARE = 1 / 2
"""The share of images that each kind of change is applied to. If it were applied to all, the
generator would learn the changes as well, such as the grey square: Karras et al. 2020, Training
Generative Adversarial Networks with Limited Data."""


def draw_changes(
    randomness: np.random.Generator, *, count: int, side: int
) -> dict[str, NDArray[np.float32]]:
    """Return random changes of ``count`` square images for ``change``, by name, each float32."""
    shifted, cut, coloured = randomness.random((3, count)) < SHARE
    furthest = int(side * MAX_SHIFT)
    rows, columns = shifted * randomness.integers(-furthest, furthest, (2, count), endpoint=True)
    seen = _seen(randomness.integers(0, side, (2, count), endpoint=True), side)
    return {
        "rows": _shifts(rows, side),
        "columns": _shifts(columns, side),
        "seen": np.maximum(seen, _each(~cut)),
        "brightness": _each(coloured * randomness.uniform(-0.5, 0.5, count)),
        "saturation": _each(1 + coloured * randomness.uniform(-1, 1, count)),
        "contrast": _each(1 + coloured * randomness.uniform(-0.5, 0.5, count)),
    }


def change(images: Any, changes: dict[str, Any]) -> Any:
    """Return changed ``images``, a tensor (n, side, side, channels) from -1 to 1."""
    from keras import ops

    images = images + changes["brightness"]
    grey = ops.mean(images, axis=3, keepdims=True)
    images = (images - grey) * changes["saturation"] + grey
    middle = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    images = (images - middle) * changes["contrast"] + middle
    # A shift as a product of matrices has a gradient on every backend, and a fast one.
    images = ops.einsum("nij,njwc->niwc", changes["rows"], images)
    images = ops.einsum("nij,nhjc->nhic", changes["columns"], images)
    return images * changes["seen"]


def _shifts(pixels: NDArray[np.int64], side: int) -> NDArray[np.float32]:
    """Return matrices that shift a line by ``pixels`` and fill with 0, (n, side, side)."""
    to, come_from = np.arange(side)[:, np.newaxis], np.arange(side)
    moved: NDArray[np.bool] = come_from == to + pixels[:, np.newaxis, np.newaxis]
    return moved.astype(np.float32)


def _seen(centres: NDArray[np.int64], side: int) -> NDArray[np.float32]:
    """Return 0 in a square around each of ``centres``, (2, n), and 1 elsewhere."""
    far = [
        np.abs(np.arange(side) + 0.5 - centre[:, np.newaxis]) >= side * CUT_OUT / 2
        for centre in centres
    ]
    seen: NDArray[np.bool] = far[0][:, :, np.newaxis] | far[1][:, np.newaxis, :]
    return seen[..., np.newaxis].astype(np.float32)


def _each(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """Return ``numbers``, one for each image, in the shape (n, 1, 1, 1)."""
    return numbers.astype(np.float32)[:, np.newaxis, np.newaxis, np.newaxis]
