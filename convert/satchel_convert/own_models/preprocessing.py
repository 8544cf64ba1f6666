"""The preprocessing of images in Keras's applications."""

from typing import NamedTuple

from satchel_convert.errors import ModelFolderError
from satchel_convert.settings import ImageSettings


class Preprocessing(NamedTuple):
    """The preprocessing of the training images: (pixel - mean) / deviation in each channel."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    blue_first: bool = False

    def factors(self, channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return ``scale`` and ``offset`` of a card, see the function ``factors``."""
        return factors(self, channels)


AS_THEY_ARE = Preprocessing((0.0,), (1.0,))
_MINUS_1_TO_1 = Preprocessing((127.5,), (127.5,))
_BLUE_FIRST = Preprocessing((123.68, 116.779, 103.939), (1.0,), blue_first=True)
PREPROCESSING = {
    "convnext": AS_THEY_ARE,
    "densenet": Preprocessing((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "efficientnet": AS_THEY_ARE,
    "efficientnet_v2": AS_THEY_ARE,
    "inception_resnet_v2": _MINUS_1_TO_1,
    "inception_v3": _MINUS_1_TO_1,
    "mobilenet": _MINUS_1_TO_1,
    "mobilenet_v2": _MINUS_1_TO_1,
    "mobilenet_v3": AS_THEY_ARE,
    "nasnet": _MINUS_1_TO_1,
    "resnet50": _BLUE_FIRST,
    "resnet_v2": _MINUS_1_TO_1,
    "vgg16": _BLUE_FIRST,
    "vgg19": _BLUE_FIRST,
    "xception": _MINUS_1_TO_1,
}
"""The preprocessing of ``keras.applications.NAME.preprocess_input``, by NAME"""


def preprocessing_of(images: ImageSettings) -> Preprocessing | None:
    """Return the preprocessing that the settings state; None if they state none.

    Raises ModelFolderError for a name that is unknown, and for a name beside mean or std.
    """
    if images.preprocess is None:
        if images.mean is None and images.std is None:
            return None
        return Preprocessing(images.mean or (0.0,), images.std or (1.0,))
    if images.mean is not None or images.std is not None:
        raise ModelFolderError("Expected either --preprocess, or --mean and --std; got both.")
    found = PREPROCESSING.get(images.preprocess.removeprefix("keras:"))
    if found is None or not images.preprocess.startswith("keras:"):
        raise ModelFolderError(
            f"Expected --preprocess keras:NAME with a NAME of {', '.join(PREPROCESSING)};"
            f" got {images.preprocess!r}."
        )
    return found


def factors(
    preprocessing: Preprocessing, channels: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return ``scale`` and ``offset`` of a card: one number each, or one for each channel.

    Raises ModelFolderError if there are neither one nor ``channels`` numbers.
    """
    mean, deviation, blue_first = preprocessing
    lengths = {len(mean), len(deviation), 3 if blue_first else 1}
    if not lengths <= {1, channels}:
        raise ModelFolderError(
            f"Expected --mean and --std of 1 or {channels} numbers, got {max(lengths)}."
        )
    count = max(lengths)
    pairs = list(zip(*(each * (count // len(each)) for each in (mean, deviation)), strict=True))
    scale = tuple(1 / deviation for _, deviation in pairs)
    return scale, tuple(0.0 - mean / deviation for mean, deviation in pairs)
