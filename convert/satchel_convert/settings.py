"""What a caller may say of a model and of its conversion.

Nothing heavy is imported here: the help of a command shows these defaults.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol, TypeAlias, get_args

from satchel import limits
from satchel.bundle import Activation, Fit
from satchel_convert.errors import ConversionError, ModelFolderError

PathLike: TypeAlias = str | os.PathLike[str]
Labels: TypeAlias = Sequence[str] | os.PathLike[str]
"""Labels in the order of the outputs, or the path of a file with a line for each"""

Goal: TypeAlias = Literal["smallest", "fastest"]
GOALS: tuple[Goal, ...] = get_args(Goal)
TASKS: tuple[str, ...] = ("image-classification", "text-classification")
"""What a model of one's own may be for"""
MAX_WORKERS = 256


class KerasModel(Protocol):
    """A Keras model in memory; Keras itself is not imported to name its type."""

    name: str

    def save(self, filepath: str) -> Any:
        """Write the model to ``filepath``."""


ModelSource: TypeAlias = PathLike | KerasModel
"""A model folder, a .keras or .h5 file, a SavedModel's folder, or a Keras model in memory"""


@dataclass(frozen=True)
class Limits:
    """How far a converted model may be from the float model; None means the task's default.

    Raises ConversionError for a limit that is out of range.
    """

    float32_difference: float | None = None
    """Largest difference of any one probability or pixel, 0 to 1 (labels 1e-4, images 1/255)"""
    float16_difference: float | None = None
    """Largest difference of any one probability or pixel, 0 to 1 (labels 0.01, images 3/255)"""
    int8_agreement: float | None = None
    """Lowest share of samples with the same top label, 0 to 1 (labels 0.95)"""
    margin_points: float | None = None
    """Percentage points of accuracy that may be lost, 0 to 100 (labels 1)"""
    strict: bool | None = None
    """Whether a model fails where the samples are too few to decide (labels False)"""
    psnr_db: float | None = None
    """Lowest PSNR of any one image, in decibel, 0 to 100 (images 25)"""

    def __post_init__(self) -> None:
        highest = {"margin_points": 100, "psnr_db": 100}
        for name, value in self.stated().items():
            most = highest.get(name, 1)
            if not 0 <= value <= most:
                raise ConversionError(f"Expected {name} from 0 to {most}, got {value!r}.")

    def stated(self) -> dict[str, float]:
        """Return the limits that are not None, by name."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }


@dataclass(frozen=True)
class ImageSettings:
    """What the file of an image model does not say about its input.

    Raises ModelFolderError for numbers that no model takes.
    """

    preprocess: str | None = None
    """``keras:NAME``, for what ``keras.applications.NAME.preprocess_input`` does"""
    mean: tuple[float, ...] | None = None
    """Of pixels from 0 to 255: one number, or three for red, green and blue (0)"""
    std: tuple[float, ...] | None = None
    """The model takes (pixel - mean) / std: one number other than 0, or three (1)"""
    size: tuple[int, int] | None = None
    """Height and width in pixels, where the model takes any"""
    fit: Fit | None = None
    """How an image is brought to the size ("stretch")"""

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values is not None and (
                len(values) not in (1, 3) or not all(map(math.isfinite, values))
            ):
                raise ModelFolderError(f"Expected one number, or three, as {name}, got {values!r}.")
        if self.std is not None and 0 in self.std:
            raise ModelFolderError(f"Expected numbers other than 0 as std, got {self.std!r}.")
        if self.size is not None and not all(0 < side <= limits.MAX_SIDE for side in self.size):
            raise ModelFolderError(
                f"Expected a size of 1 to {limits.MAX_SIDE:,} pixels, got {self.size!r}."
            )


@dataclass(frozen=True)
class TextSettings:
    """What the file of a text model does not say about its input."""

    vocabulary: PathLike | None = None
    """A file with a line for each token: the token and its id"""
    delimiter: str | None = None
    r"""The regular expression that separates tokens, a character class (``[^\w']+``)"""
    length: int | None = None
    """Number of ids, where the model takes any"""


@dataclass(frozen=True)
class ModelSettings:
    """What a model's file does not say of itself; a model folder says all of it."""

    labels: Labels | None = None
    evaluation: PathLike | None = None
    calibration: PathLike | None = None
    task: str | None = None
    activation: Activation | None = None
    images: ImageSettings = ImageSettings()
    texts: TextSettings = TextSettings()

    def stated(self) -> list[str]:
        """Return the names of what is not None, of images and texts too."""
        return [
            field.name
            for part in (self, self.images, self.texts)
            for field in fields(part)
            if field.name not in ("images", "texts") and getattr(part, field.name) is not None
        ]


def is_ray_address(text: str) -> bool:
    """Return whether ``text`` has the form HOST:PORT."""
    host, _, port = text.rpartition(":")
    return bool(host) and "/" not in host and port.isascii() and port.isdecimal()


def check_known(words: Sequence[str], known: Sequence[str], *, what: str) -> None:
    """Raise ConversionError unless every one of ``words`` is among those ``known``."""
    for word in words:
        if word not in known:
            raise ConversionError(f"Expected {what} of {', '.join(known)}, got {word!r}.")
