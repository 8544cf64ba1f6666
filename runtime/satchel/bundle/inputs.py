"""What a model takes, as its card says it: a picture, a text or a latent."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel import limits
from satchel.bundle.strict_json import Fields

_VOCABULARY = r"(?!labels\.txt)[a-z0-9][a-z0-9._-]{0,90}\.txt"
"""No name that another file of a bundle or of a .tflite has"""

Fit: TypeAlias = Literal["stretch", "crop"]
Color: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class ImageInput:
    """A picture, as the model takes it: ``pixel * scale + offset`` (1, height, width, channels)."""

    height: int
    width: int
    channels: int = 3
    """3, or 1 for a Keras model of grey pictures; always 3 in a bundle"""
    fit: Fit = "stretch"
    """``crop`` cuts the largest centred piece of the model's aspect ratio first"""
    background: Color = (255, 255, 255)
    """sRGB, behind transparent pixels"""
    scale: tuple[float, ...] = (1.0,)
    """One factor, or one a channel"""
    offset: tuple[float, ...] = (0.0,)
    kind: Literal["image"] = "image"


@dataclass(frozen=True)
class TextInput:
    """A text, as the model takes it: token ids, int32 (1, length)."""

    length: int
    delimiter: str
    """A repeated character class, with RE2's ASCII meaning"""
    vocabulary: str
    """The file of ``token id`` lines"""
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class LatentInput:
    """What a generator starts from, drawn from a seed: float32 (1, length) from -1 to 1."""

    length: int
    kind: Literal["latent"] = "latent"


Input: TypeAlias = ImageInput | TextInput | LatentInput


def parse_image_input(fields: Fields) -> ImageInput:
    """Return the picture that ``input`` of a card describes; raises CardError."""
    fields.constant("kind", "image")
    channels = parse_channels(fields)
    red, green, blue = fields.numbers("background", (3,), missing=(255.0, 255.0, 255.0))
    if any(not 0 <= level <= 255 or level != int(level) for level in (red, green, blue)):
        raise fields.wrong("background", "three whole numbers from 0 to 255", [red, green, blue])
    return ImageInput(
        height=fields.integer("height", 1, limits.MAX_SIDE),
        width=fields.integer("width", 1, limits.MAX_SIDE),
        channels=channels,
        fit=fields.choice("fit", Fit, missing="stretch"),
        background=(int(red), int(green), int(blue)),
        scale=fields.factors("scale", (1, channels)),
        offset=fields.numbers("offset", (1, channels), missing=(0.0,)),
    )


def parse_text_input(fields: Fields) -> TextInput:
    """Return the text that ``input`` of a card describes; raises CardError."""
    fields.constant("kind", "text")
    tokenizer = fields.inner("tokenizer")
    tokenizer.constant("kind", "regex")
    return TextInput(
        length=fields.integer("length", 1, limits.MAX_LENGTH),
        delimiter=tokenizer.take("delimiter", str),
        vocabulary=tokenizer.pattern("vocabulary", _VOCABULARY),
    )


def parse_latent_input(fields: Fields) -> LatentInput:
    """Return the latent that ``input`` of a card describes; raises CardError."""
    fields.constant("kind", "latent")
    return LatentInput(length=fields.integer("length", 1, limits.MAX_LENGTH))


def parse_channels(fields: Fields) -> int:
    """Return how many channels a picture has: 1 or 3, by default 3; raises CardError."""
    channels = fields.integer("channels", 1, 3, missing=3)
    if channels == 2:
        raise fields.wrong("channels", "1 or 3", channels)
    return channels
