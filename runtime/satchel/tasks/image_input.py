"""The functions of an image input.

The code that reads images is imported when the first one is read, because a program that only looks
at a card does not need it. The other inputs and outputs do the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from satchel import limits
from satchel.bundle.image_input import ChannelOrder, Color, Fit, ImageInput
from satchel.bundle.strict_json import Fields, Json, without_defaults
from satchel.errors import InputError
from satchel.tasks import channels

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.card import TensorSpec
    from satchel.bundle.task import GoldenInput, RawInput, Reader, Say
    from satchel.preprocessing.preprocessor import Decoding

TAKES_TEXTS = False


def parse(fields: Fields) -> ImageInput:
    """Return the image that the field ``input`` of a card describes; raises CardError."""
    fields.constant("kind", "image")
    count = channels.parse_channels(fields)
    order = fields.choice("channel_order", ChannelOrder, missing="rgb")
    if order == "bgr" and count != 3:
        raise fields.wrong("channel_order", "rgb for one channel", order)
    return ImageInput(
        height=fields.integer("height", 1, limits.MAX_SIDE),
        width=fields.integer("width", 1, limits.MAX_SIDE),
        channels=count,
        fit=fields.choice("fit", Fit, missing="stretch"),
        background=_color(fields, "background", missing=(255, 255, 255)),
        scale=fields.factors("scale", (1, count)),
        offset=fields.numbers("offset", (1, count), missing=(0.0,)),
        channel_order=order,
        padding=_color(fields, "padding", missing=(0, 0, 0)),
    )


def _color(fields: Fields, name: str, *, missing: Color) -> Color:
    red, green, blue = fields.numbers(name, (3,), missing=missing)
    if any(not 0 <= level <= 255 or level != int(level) for level in (red, green, blue)):
        raise fields.wrong(name, "three whole numbers from 0 to 255", [red, green, blue])
    return int(red), int(green), int(blue)


def to_json(image: ImageInput) -> dict[str, Json]:
    """Return the fields that ``parse`` reads, without later ones that keep their default."""
    return without_defaults(image, ("channel_order", "padding"))


def open_reader(image: ImageInput, files: Mapping[str, bytes], *, decoding: str) -> Reader:
    """Return a function that prepares an image as uint8 (1, height, width, 3)."""
    from satchel.preprocessing.images import read_pixels

    how = cast("Decoding", decoding)
    return lambda source: read_pixels(source, image, decoding=how)


def to_tensor(prepared: NDArray[np.uint8], image: ImageInput, tensor: TensorSpec) -> NDArray[Any]:
    """Return pixels, (n, height, width, 3), in the dtype of ``tensor``; raises EngineError."""
    from satchel.preprocessing import images

    return images.to_tensor(prepared, image, tensor)


def golden_form() -> str:
    """Return the fields of a golden vector that describe its input, in words."""
    return "an input of the bundle (or two, blended by a share from 1 to 255)"


def read_golden(vector: Mapping[str, Any], files: Mapping[str, bytes]) -> GoldenInput | None:
    """Return the image or the two images to blend that a golden vector names, None if none."""
    from satchel.bundle.task import GoldenInput

    name = vector.get("input")
    if not isinstance(name, str) or name not in files:
        return None
    if "blend" not in vector:
        return GoldenInput(name, files[name])
    blend = vector["blend"]
    fields = blend if isinstance(blend, dict) else {}
    other, share = fields.get("input"), fields.get("share")
    if not isinstance(other, str) or other not in files:
        return None
    if type(share) is not int or not 1 <= share <= 255:
        return None
    named = f"{name} with {share}/256 of {other}"
    return GoldenInput(named, files[name], other=files[other], share=share)


def raw_inputs(words: Iterable[str], *, say: Say) -> Iterator[RawInput]:
    """Yield the images that ``words`` name: files, folders, or ``-`` for lines of file names."""
    from pathlib import Path

    from satchel.bundle.task import RawInput
    from satchel.tasks.file_faults import image_fault
    from satchel.tasks.words import named_files, standard_input

    for word in words:
        if word == "-":
            yield from (RawInput(line, Path(line)) for line in standard_input() if line)
        else:
            yield from named_files(word, image_fault, say=say)


def load(value: Path) -> Path:
    """Return the path of an image.

    Raises InputError for a folder in which none was found, and for a name with a NUL.
    """
    from satchel.tasks.words import check_no_folder

    if "\0" in str(value):
        raise InputError(f"Expected the path of an image in a line, got a NUL in {str(value)!r}.")
    check_no_folder(value)
    return value


def describe(image: ImageInput) -> str:
    """Return a description of the model's input, in words."""
    return f"an image, {image.height} x {image.width}, {image.fit}"


def describe_many(image: ImageInput) -> str:
    """Return in words how images are prepared before they reach the model."""
    return f"images to {image.height} x {image.width}"
