"""Makes images from seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from satchel.bundle.task_table import Task
from satchel.tasks import image_output, latent_input
from satchel.tasks.base import Runner

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

TASK = Task(input=latent_input, output=image_output)


class ImageGenerator(Runner):
    """Makes an image from a seed, the same image every time."""

    TASK = "image-generation"

    def generate(self, seed: int) -> NDArray[np.uint8]:
        """Return the image of ``seed``, uint8 (height, width, 3).

        Raises InputError unless ``seed`` is a whole number from 0 to 2**53 - 1.
        """
        return self.render(self.latent(seed))

    def generate_many(self, seeds: Iterable[int]) -> list[NDArray[np.uint8]]:
        """Return the images of ``seeds``, in their order; raises what ``generate`` raises."""
        return [self.generate(seed) for seed in seeds]

    def latent(self, seed: int) -> NDArray[np.float32]:
        """Return the latent from which the image of ``seed`` is rendered, float32 (length,).

        A latent between the latents of two seeds gives an image between their images.
        """
        latent: NDArray[np.float32] = self._read(seed)[0]
        return latent

    def render(self, latent: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
        """Return the image of ``latent``, floats (length,), as uint8 (height, width, 3).

        Raises InputError for another shape, and for numbers that are not finite.
        """
        from satchel.preprocessing.latent import to_latent

        (length,) = self.bundle.card.input.shape
        return self.model.predict(to_latent(latent, length))
