"""Images as a model's input, in the converter."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Dtype, ImageInput
from satchel_convert.errors import ModelFolderError
from satchel_convert.task import Shown, TensorDescription

if TYPE_CHECKING:
    from satchel_convert.golden.candidates import GoldenInput

SAMPLE_KEY = "picture"
DTYPE: Dtype = "float32"
IMAGE_TENSOR = TensorDescription(
    "image", "sRGB pixels from 0 to 255", is_image=True, stats=(0.0, 255.0)
)
THUMBNAIL_SIDE = 64
"""Pixels, the longer side at most"""


def is_raw(value: object) -> bool:
    """Return whether ``value`` of a sample's line may name an image."""
    return isinstance(value, str)


def read_sample(value: str, folder: Path, number: int) -> Path:
    """Return the file that line ``number`` names; raises ModelFolderError for one elsewhere."""
    # What is not in the folder was not meant to be given away: golden vectors publish samples.
    if Path(value).is_absolute() or ".." in Path(value).parts:
        raise ModelFolderError(
            f"Expected a path in {folder.name}/ on line {number}, got {value!r}."
        )
    return folder / value


def prepared_bytes(image: ImageInput) -> int:
    """Return the size of one image as it is prepared: three channels."""
    return 3 * image.height * image.width


def deployed(image: ImageInput) -> ImageInput:
    """Return the input of the converted models, which take pixels as they are."""
    return replace(image, channels=3, scale=(1.0,), offset=(0.0,))


def open_keras(image: ImageInput) -> tuple[Any, Any]:
    """Return ``keras.Input`` for pixels, float32 (1, height, width, 3), and these scaled."""
    import keras

    from satchel_convert.keras_models.pixels import prepare_pixels

    shape = (1, image.height, image.width, 3)
    pixels = keras.Input(batch_shape=shape, dtype="float32", name="image")
    return pixels, prepare_pixels(pixels, image)


def describe_tensor(image: ImageInput) -> TensorDescription:
    """Return what a .tflite's metadata say of the input: pixels as they are."""
    return IMAGE_TENSOR._replace(normalized=True)


def image(image: ImageInput) -> ImageInput:
    """Return the input, whose preprocessing can be explained."""
    return image


def show_sample(value: Path, image: ImageInput) -> Shown:
    """Return the image of a file, made small; raises InputError for one that cannot be read."""
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
