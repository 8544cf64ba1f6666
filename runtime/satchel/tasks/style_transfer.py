"""Pictures to pictures in another style."""

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.task import Task
from satchel.preprocessing.images import Picture
from satchel.tasks import image_input, image_output
from satchel.tasks.base import Runner

TASK = Task(input=image_input, output=image_output)


class StyleTransfer(Runner):
    """Paints a picture anew, in the style that the model has learned."""

    TASK = "style-transfer"

    def apply(self, picture: Picture) -> NDArray[np.uint8]:
        """Return ``picture`` in the model's style and size, uint8 (height, width, 3).

        Raises InputError for what is no picture, is damaged or too large.
        """
        return self.model.answer(self._read(picture))
