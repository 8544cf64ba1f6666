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
        return to_tensor(_to_rgb(images), self.image, FLOAT32).astype(np.float32, copy=False)


def _to_rgb(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return grey or RGB images as the runtime decodes them, uint8 (n, height, width, 3)."""
    return np.repeat(images[..., np.newaxis], 3, axis=3) if images.ndim == 3 else images
