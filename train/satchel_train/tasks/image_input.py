"""Images as samples of a model."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput, Json, TensorSpec
from satchel.preprocessing import to_tensor

IMAGES_AT_ONCE = 1000
"""The number of images that are converted at once, because float32 RGB images need much memory."""


def model_inputs(
    contents: NDArray[np.uint8], image: ImageInput, *, vocabulary: bytes | None
) -> NDArray[np.float32]:
    """Return images as inputs of the float model, float32 (n, height, width, channels)."""
    inputs = np.empty((len(contents), image.height, image.width, image.channels), np.float32)
    for start in range(0, len(contents), IMAGES_AT_ONCE):
        some = slice(start, start + IMAGES_AT_ONCE)
        inputs[some] = to_tensor(_to_rgb(contents[some]), image, TensorSpec("float32"))
    return inputs


def sample_fields(contents: NDArray[np.uint8], folder: Path, part: str) -> list[dict[str, Json]]:
    """Return the file name of each image, after writing it as PNG to ``folder``/``part``."""
    from PIL import Image

    (folder / part).mkdir(parents=True)
    names = [f"{part}/{number:05}.png" for number in range(len(contents))]
    for name, pixels in zip(names, contents, strict=True):
        Image.fromarray(pixels).save(folder / name, compress_level=1)
    return [{"picture": name} for name in names]


def _to_rgb(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return grey or RGB images as the runtime decodes them, uint8 (n, height, width, 3)."""
    return np.repeat(images[..., np.newaxis], 3, axis=3) if images.ndim == 3 else images
