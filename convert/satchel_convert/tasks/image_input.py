"""The functions for image inputs in the converter."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Dtype, ImageInput, TextTensor
from satchel.tasks import image_fault
from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.entries import SampleFiles
from satchel_convert.task import Shown, TensorDescription

if TYPE_CHECKING:
    from satchel_convert.golden.candidates import GoldenInput

SAMPLE_KEY = "picture"
DTYPE: Dtype = "float32"
IMAGE_FILES = SampleFiles(
    kind="images", column=None, find_fault=image_fault, load=lambda path: path
)
SAMPLE_FILES: SampleFiles | None = IMAGE_FILES
IMAGE_TENSOR = TensorDescription(
    "image", "sRGB pixels from 0 to 255", is_image=True, stats=(0.0, 255.0)
)
THUMBNAIL_SIDE = 64
"""The longest side of a thumbnail, in pixels"""


def is_raw(value: object) -> bool:
    """Return whether ``value``, read from a sample's line, may name an image."""
    return isinstance(value, str)


def read_sample(value: str, folder: Path, number: int) -> Path:
    """Return the path of the image on line ``number``.

    Raises ModelFolderError for a path outside of the folder.
    """
    # Golden vectors publish samples, and a file outside of the folder may be private.
    if Path(value).is_absolute() or ".." in Path(value).parts:
        raise ModelFolderError(
            f"Expected a path in {folder.name}/ on line {number}, got {value!r}."
        )
    return folder / value


def prepared_bytes(image: ImageInput) -> int:
    """Return the size of one prepared image in bytes: three for each pixel."""
    return 3 * image.height * image.width


def deployed(image: ImageInput) -> ImageInput:
    """Return the input of the converted models, which read raw pixels."""
    return image._replace(channels=3, scale=(1.0,), offset=(0.0,), channel_order="rgb")


def tensors(image: ImageInput) -> tuple[TextTensor, ...]:
    """Return an empty tuple: an image is no text."""
    return ()


def open_keras(image: ImageInput) -> list[tuple[Any, Any]]:
    """Return a ``keras.Input`` for pixels, float32 (1, height, width, 3), and the scaled pixels."""
    import keras

    from satchel_convert.keras_models.pixels import prepare_pixels

    shape = (1, image.height, image.width, 3)
    pixels = keras.Input(batch_shape=shape, dtype="float32", name="image")
    return [(pixels, prepare_pixels(pixels, image))]


def describe_tensors(image: ImageInput) -> list[TensorDescription]:
    """Return the description of the input for a .tflite's metadata: raw pixels."""
    return [IMAGE_TENSOR._replace(normalized=True)]


def image(image: ImageInput) -> ImageInput:
    """Return the input itself, because the preprocessing of images can be explained."""
    return image


def show_sample(value: Path, image: ImageInput) -> Shown:
    """Return a thumbnail of an image file; raises InputError for a file that cannot be read."""
    from satchel.preprocessing import decode
    from satchel_convert.reporting.thumbnails import png_url

    pixels = decode(value, image.background)
    return Shown(png_url(pixels, longer_side=THUMBNAIL_SIDE), None)


def golden_sample(
    value: Path, number: int, prepared: NDArray[np.uint8]
) -> "tuple[GoldenInput, Mapping[str, bytes]]":
    """Return the image of a file as a golden input, and its file in the bundle."""
    from satchel_convert.golden.candidates import GoldenInput, image_file

    name, content = image_file(number, value, prepared)
    return GoldenInput(content, {"input": name}), {name: content}
