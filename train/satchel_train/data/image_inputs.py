"""Images as inputs of a float model, converted when a batch needs them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput, TensorSpec
from satchel.preprocessing import to_tensor
from satchel_train.data.samples import Images

FLOAT32 = TensorSpec("float32")


@dataclass(frozen=True)
class ImageInputs:
    """Model inputs, float32 (n, height, width, channels). An index converts those that it names.

    Only the images are kept, in a quarter of the memory of the inputs or in a file.
    """

    images: Images
    image: ImageInput
    """The description of the model's input."""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of inputs, their height, width and channels."""
        return (len(self), self.image.height, self.image.width, self.image.channels)

    def __getitem__(self, positions: slice | NDArray[Any]) -> NDArray[np.float32]:
        """Return the inputs at ``positions``, (n, height, width, channels)."""
        return self.convert(self.images[positions])

    def convert(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return ``images``, a part of these or changed ones, as inputs by the runtime's code."""
        if images.ndim == 4:
            return self._to_floats(images)
        # A grey image has 256 levels: convert each of them once, and not each pixel.
        levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
        table = self._to_floats(np.repeat(levels, 3, axis=3)).reshape(256, self.image.channels)
        inputs: NDArray[np.float32] = table[images]
        return inputs

    def _to_floats(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return to_tensor(images, self.image, FLOAT32).astype(np.float32, copy=False)
