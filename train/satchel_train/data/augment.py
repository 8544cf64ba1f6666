"""Augments training images: shifts them by a few pixels and mirrors them."""

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.batches import Augment


def shift_and_mirror(*, pixels: int) -> Augment:
    """Return a function that shifts each image by up to ``pixels`` and mirrors half of them.

    Mirroring swaps left and right. New pixels at an edge repeat the edge, so that the function
    works on normalized images, too.
    """

    def augment(
        images: NDArray[np.float32], randomness: np.random.Generator
    ) -> NDArray[np.float32]:
        count, height, width, _ = images.shape
        down, right = randomness.integers(-pixels, pixels + 1, (2, count, 1))
        rows = np.clip(np.arange(height) + down, 0, height - 1)
        columns = np.clip(np.arange(width) + right, 0, width - 1)
        mirrored = randomness.random(count) < 0.5
        columns[mirrored] = columns[mirrored, ::-1]
        each = np.arange(count)[:, np.newaxis, np.newaxis]
        moved: NDArray[np.float32] = images[each, rows[:, :, np.newaxis], columns[:, np.newaxis]]
        return moved

    return augment


def mirror(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``images``, (n, height, width, channels), with left and right swapped."""
    return images[:, :, ::-1]
