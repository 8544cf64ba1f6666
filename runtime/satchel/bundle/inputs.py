"""What a model takes, as its card says it: an image, a text or a latent."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Fit: TypeAlias = Literal["stretch", "crop"]
Color: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class ImageInput:
    """An image, as the model takes it: ``pixel * scale + offset`` (1, height, width, channels)."""

    height: int
    width: int
    channels: int = 3
    """3, or 1 for a Keras model of grey images; always 3 in a bundle"""
    fit: Fit = "stretch"
    """``crop`` cuts the largest centred piece of the model's aspect ratio first"""
    background: Color = (255, 255, 255)
    """sRGB, behind transparent pixels"""
    scale: tuple[float, ...] = (1.0,)
    """One factor, or one a channel"""
    offset: tuple[float, ...] = (0.0,)
    kind: Literal["image"] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the float model takes, without the batch."""
        return (self.height, self.width, self.channels)

    @property
    def files(self) -> tuple[str, ...]:
        """None: an input is prepared from itself alone."""
        return ()


@dataclass(frozen=True)
class TextInput:
    """A text, as the model takes it: token ids, int32 (1, length)."""

    length: int
    delimiter: str
    """A repeated character class, with RE2's ASCII meaning"""
    vocabulary: str
    """The file of ``token id`` lines"""
    kind: Literal["text"] = "text"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the float model takes, without the batch."""
        return (self.length,)

    @property
    def files(self) -> tuple[str, ...]:
        """The vocabulary."""
        return (self.vocabulary,)


@dataclass(frozen=True)
class LatentInput:
    """What a generator starts from, drawn from a seed: float32 (1, length) from -1 to 1."""

    length: int
    kind: Literal["latent"] = "latent"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the float model takes, without the batch."""
        return (self.length,)

    @property
    def files(self) -> tuple[str, ...]:
        """None: an input is prepared from itself alone."""
        return ()
