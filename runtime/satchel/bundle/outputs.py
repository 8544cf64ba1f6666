"""The output of a model, as its card describes it: a score for each label, or an image."""

from typing import Literal, NamedTuple, TypeAlias

Activation: TypeAlias = Literal["softmax", "sigmoid", "none"]


class LabelOutput(NamedTuple):
    """An output with one score for each label."""

    labels: tuple[str, ...]
    activation: Activation = "softmax"
    """The last function of the model. The runtime computes probabilities from what it returns."""
    kind: Literal["labels"] = "labels"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output tensor, without its batch of 1."""
        return (1 if self.activation == "sigmoid" else len(self.labels),)


class ImageOutput(NamedTuple):
    """An output image with the pixels ``value * scale + offset``, (1, height, width, channels)."""

    height: int
    width: int
    channels: int = 3
    """The number of channels: 3, or 1 for a Keras model of grey images. Always 3 in a bundle."""
    scale: tuple[float, ...] = (1.0,)
    """One factor for all channels, or one for each channel."""
    offset: tuple[float, ...] = (0.0,)
    """One term for all channels, or one for each channel."""
    kind: Literal["image"] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output tensor, without its batch of 1."""
        return (self.height, self.width, self.channels)

    @property
    def labels(self) -> tuple[str, ...]:
        """An empty tuple: an image is not a choice among labels."""
        return ()
