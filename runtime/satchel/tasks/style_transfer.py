"""Repaints images in the style that a model has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from satchel.bundle.task_table import Task
from satchel.tasks import image_input, image_output
from satchel.tasks.base import Runner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from satchel.preprocessing.images import ImageLike

TASK = Task(input=image_input, output=image_output)


class StyleTransfer(Runner):
    """Repaints an image in the style that the model has learned."""

    TASK = "style-transfer"

    def apply(self, image: ImageLike) -> NDArray[np.uint8]:
        """Return ``image`` in the model's style and size, uint8 (height, width, 3).

        Raises InputError if it is not an image, is damaged or too large.
        """
        return self.model.predict(self._read(image))
