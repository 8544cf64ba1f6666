"""The facts that the file of a finished model holds."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from satchel.bundle import Format, TensorSpec, TextTensor
from satchel_convert.errors import ConversionError
from satchel_convert.schemes import Scheme
from satchel_convert.text_rows import naming_hint, tensors_named
from satchel_convert.tflite.metadata_reading import NO_METADATA, TfliteMetadata

FINISHED_FORMATS: Mapping[str, Format] = {".tflite": "tflite", ".onnx": "onnx"}
"""The format of each file suffix"""
CHANNELS = (1, 3)
"""The numbers of channels that images of a bundle may have"""

Sides: TypeAlias = tuple[int | str | None, ...]
"""A shape as a file states it: None, a name, or a number below 1 stands for a side of any size"""


class Pinned(NamedTuple):
    """The sizes that the caller states for sides of any size."""

    size: tuple[int, int] | None = None
    """Height and width of the images"""
    length: int | None = None
    """The number of token ids"""


class FinishedModel(NamedTuple):
    """A model file as it is packed, and the facts that it holds."""

    content: bytes
    format: Format
    scheme: Scheme
    """The scheme that is nearest to how the file stores numbers"""
    stated: Sides
    """The shape of the input in the original file"""
    shape: tuple[int, ...]
    """The shape of the input, (1, height, width, channels) or (1, length) for most models"""
    input: TensorSpec
    outputs: tuple[int, ...]
    """The shape of the output"""
    output: TensorSpec
    activation: str | None
    """Keras's name of the activation of the outputs; None if the last operator does not show it"""
    needs: Mapping[str, str]
    """The lowest version of each engine that runs the model"""
    metadata: TfliteMetadata = NO_METADATA
    tensors: tuple[TextTensor, ...] = ("ids",)
    """What the inputs of a model of several hold; all of them have ``shape``"""


def text_tensors(names: Sequence[str], *, format_: str) -> tuple[TextTensor, ...]:
    """Return what the inputs of a model hold; a single one may also be an image.

    Raises ConversionError for no input, and for several that are not those of a text.
    """
    tensors = ("ids",) if len(names) == 1 else tensors_named(names)
    if not tensors:
        raise ConversionError(
            f"Expected {format_} model with one input, got {len(names)}:"
            f" {', '.join(names) or 'none'}. The models of a bundle read one image, or one text:"
            f" for ids with a mask and segments, {naming_hint()}."
        )
    return tensors


def only_shape(stated: Mapping[str, Sides]) -> Sides:
    """Return the one shape that all inputs have; raises ConversionError for inputs of others."""
    fixed = {
        tuple(side if isinstance(side, int) and side > 0 else None for side in each)
        for each in stated.values()
    }
    if len(fixed) != 1:
        inputs = ", ".join(f"{name} {sides}" for name, sides in stated.items())
        raise ConversionError(f"Expected inputs of one length, got {inputs}.")
    return next(iter(stated.values()))


def pin(stated: Sides, pinned: Pinned, *, format_: Format) -> tuple[int, ...]:
    """Return the shape of the input with a batch of 1 and without sides of any size.

    Raises ConversionError for a fixed batch other than 1, and for a side that nothing states.
    """
    batch, *rest = stated or (0,)
    if isinstance(batch, int) and batch > 1:
        raise ConversionError(
            f"Expected a .{format_} with a batch of 1 or of any size, got {stated}: export it"
            " that way."
        )
    free = [at for at, side in enumerate(rest) if is_free(side)]
    if free and len(rest) == 1:
        if pinned.length is None:
            raise ConversionError(
                f"Expected --length N for a model that takes any number of ids, got {stated}."
            )
        rest = [pinned.length]
    elif free:
        places = (1, 2) if channels_first(tuple(rest)) else (0, 1)
        if pinned.size is None or not set(free) <= set(places) or len(rest) not in (2, 3):
            raise ConversionError(
                f"Expected --size HEIGHT,WIDTH for a model of images of any size, got {stated}."
            )
        for place, side in zip(places, pinned.size, strict=True):
            if place in free:
                rest[place] = side
    return (1, *(int(side) for side in rest if side is not None))


def is_free(side: int | str | None) -> bool:
    """Return whether a side of a shape has any size."""
    return not isinstance(side, int) or side < 1


def channels_first(sides: Sides) -> bool:
    """Return whether the channels come first in the sides of an image, without its batch."""
    return len(sides) == 3 and sides[0] in CHANNELS and sides[2] not in CHANNELS
