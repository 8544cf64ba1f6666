"""The settings that a caller may give for a model and its conversion.

No slow import stands here, because the help of a command shows these defaults.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol, TypeAlias, get_args

from satchel import limits
from satchel.bundle import Activation, ChannelOrder, Color, Fit
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.tokenizers.settings import (
    DEFAULT_STANDARDIZE as DEFAULT_STANDARDIZE,
    Side as Side,
    Standardize as Standardize,
)

PathLike: TypeAlias = str | os.PathLike[str]
Labels: TypeAlias = Sequence[str] | os.PathLike[str]
"""Labels in the order of the outputs, or the path of a file with one label on each line"""

Goal: TypeAlias = Literal["smallest", "fastest"]
GOALS: tuple[Goal, ...] = get_args(Goal)
TASKS: tuple[str, ...] = ("image-classification", "text-classification")
"""The tasks that a model without a model folder may have"""
MAX_WORKERS = 256
EXPECT_DIFFERENCE = 1e-3
"""The largest difference of a score between the author's float model and the same model here: ten
times what two engines differ by, and far less than any other preprocessing does"""


class KerasModel(Protocol):
    """A Keras model in memory; Keras itself is not imported to name its type."""

    name: str

    def save(self, filepath: str) -> Any:
        """Write the model to ``filepath``."""


ModelSource: TypeAlias = PathLike | KerasModel
"""A model folder, a .keras or .h5 file, a SavedModel's folder, or a Keras model in memory"""


@dataclass(frozen=True)
class Limits:
    """The allowed distance between a converted model and the float model.

    None means the default of the task.

    Raises ConversionError for a limit that is out of range.
    """

    float32_difference: float | None = None
    """The largest difference of any one probability or pixel, 0 to 1 (labels 1e-4, images 1/255)"""
    float16_difference: float | None = None
    """The largest difference of any one probability or pixel, 0 to 1 (labels 0.01, images 3/255)"""
    int8_agreement: float | None = None
    """The lowest share of samples with the same top label, 0 to 1 (labels 0.95)"""
    margin_points: float | None = None
    """The percentage points of accuracy that a model may lose, 0 to 100 (labels 1)"""
    strict: bool | None = None
    """Whether a model fails if the samples are too few to decide (labels False)"""
    psnr_db: float | None = None
    """The lowest PSNR of any one image, in decibels, 0 to 100 (images 25)"""

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
    """The facts about an image model's input that its file does not hold.

    Raises ModelFolderError for numbers that no model can have.
    """

    preprocess: str | None = None
    """``keras:NAME`` prepares images as ``keras.applications.NAME.preprocess_input`` does"""
    mean: tuple[float, ...] | None = None
    """The mean of the training pixels, 0 to 255: one number, or three for red, green, blue (0)"""
    std: tuple[float, ...] | None = None
    """The divisor in (pixel - mean) / std: one number other than 0, or three (1)"""
    size: tuple[int, int] | None = None
    """Height and width in pixels, for a model that accepts any size"""
    fit: Fit | None = None
    """How an image is resized ("stretch")"""
    channels: ChannelOrder | None = None
    """The order of the model's channels: "bgr" if OpenCV read the training images ("rgb")"""
    padding: Color | None = None
    """The sRGB colour around a letterboxed image, three whole numbers from 0 to 255 (black)"""

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values is not None and (
                len(values) not in (1, 3) or not all(map(math.isfinite, values))
            ):
                raise ModelFolderError(f"Expected one number, or three, as {name}, got {values!r}.")
        if self.std is not None and 0 in self.std:
            raise ModelFolderError(f"Expected numbers other than 0 as std, got {self.std!r}.")
        if self.padding is not None and not all(0 <= level <= 255 for level in self.padding):
            raise ModelFolderError(f"Expected levels from 0 to 255, got {self.padding!r}.")
        if self.size is not None and not all(0 < side <= limits.MAX_SIDE for side in self.size):
            raise ModelFolderError(
                f"Expected a size of 1 to {limits.MAX_SIDE:,} pixels, got {self.size!r}."
            )


@dataclass(frozen=True)
class TextSettings:
    """The facts about a text model's input that its file does not hold."""

    vocabulary: PathLike | None = None
    """A file with one token and its id on each line"""
    delimiter: str | None = None
    r"""The regular expression that separates tokens, a character class (``[^\w']+``)"""
    length: int | None = None
    """The number of ids, for a model that accepts any number"""
    tokenizer: PathLike | None = None
    """The file of a tokenizer: the to_json() of Keras's Tokenizer, a tokenizer.json or vocab.txt of
    BERT, the get_vocabulary() of a TextVectorization, or a SentencePiece model"""
    padding: Side | None = None
    """The side of the padding of Keras's Tokenizer, as for ``pad_sequences`` ("pre")"""
    truncating: Side | None = None
    """The end of a long text that is cut off, as for ``pad_sequences`` ("pre")"""
    standardize: Standardize | None = None
    """The standardization of a TextVectorization ("lower_and_strip_punctuation")"""


@dataclass(frozen=True)
class ModelSettings:
    """The facts that a model's file does not hold; a model folder holds all of them."""

    labels: Labels | None = None
    evaluation: PathLike | None = None
    calibration: PathLike | None = None
    task: str | None = None
    activation: Activation | None = None
    multi_label: bool | None = None
    thresholds: tuple[float, ...] | None = None
    images: ImageSettings = ImageSettings()
    texts: TextSettings = TextSettings()

    def stated(self) -> list[str]:
        """Return the names of the settings that are not None, those in images and texts too."""
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
    """Raise ConversionError unless every one of ``words`` is in ``known``."""
    for word in words:
        if word not in known:
            raise ConversionError(f"Expected {what} from {', '.join(known)}, got {word!r}.")
