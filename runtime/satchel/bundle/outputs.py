"""What a model returns, as its card says it: scores of labels, or an image."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Activation: TypeAlias = Literal["softmax", "sigmoid", "none"]


@dataclass(frozen=True)
class LabelOutput:
    """Scores, one a label."""

    labels: tuple[str, ...]
    activation: Activation = "softmax"
    """What the model ends in; the runtime adds what is missing to a probability for each label"""
    kind: Literal["labels"] = "labels"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output tensor, without its batch of 1."""
        return (1 if self.activation == "sigmoid" else len(self.labels),)


@dataclass(frozen=True)
class ImageOutput:
    """An image, whose pixels are ``value * scale + offset`` (1, height, width, channels)."""

    height: int
    width: int
    channels: int = 3
    """3, or 1 for a Keras model of grey images; always 3 in a bundle"""
    scale: tuple[float, ...] = (1.0,)
    """One factor, or one a channel"""
    offset: tuple[float, ...] = (0.0,)
    kind: Literal["image"] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output tensor, without its batch of 1."""
        return (self.height, self.width, self.channels)

    @property
    def labels(self) -> tuple[str, ...]:
        """None: an image is no choice among labels."""
        return ()
