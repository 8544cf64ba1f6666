"""The output of a model, as its card describes it: a score for each label, or an image."""

from typing import Literal, NamedTuple, TypeAlias

Activation: TypeAlias = Literal["softmax", "sigmoid", "logit", "none"]
THRESHOLD = 0.5
"""The threshold of a label of a multi-label model, unless its card states another one."""


class LabelOutput(NamedTuple):
    """An output with one score for each label."""

    labels: tuple[str, ...]
    activation: Activation = "softmax"
    """The last function of the model. The runtime computes probabilities from what it returns.

    Of one label: ``softmax`` returns a probability for each label, ``none`` a logit for each.
    ``sigmoid`` returns one number for two labels, the probability of the second, and ``logit``
    returns that label's logit. With ``multi_label``, ``sigmoid`` returns a probability for each
    label, ``none`` a logit for each.
    """
    multi_label: bool = False
    """Whether any number of labels may be right at once, so that each has its own probability."""
    thresholds: tuple[float, ...] = ()
    """The lowest probability, 0 to 1, with which each label of a multi-label model is chosen. Empty
    for THRESHOLD everywhere, and for other models."""
    ids: tuple[str, ...] = ()
    """A distinct name for each label, for labels that repeat. Empty if the labels are distinct."""
    kind: Literal["labels"] = "labels"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output tensor, without its batch of 1."""
        single = self.activation == "logit" or (
            self.activation == "sigmoid" and not self.multi_label
        )
        return (1 if single else len(self.labels),)

    @property
    def name_of_each(self) -> tuple[str, ...]:
        """A distinct name for each label: its id, or the label itself if labels do not repeat."""
        return self.ids or self.labels

    def threshold(self, position: int) -> float:
        """Return the lowest probability with which the label at ``position`` is chosen."""
        return self.thresholds[position] if self.thresholds else THRESHOLD

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs for this output, as a card names them."""
        repeated = len(set(self.labels)) < len(self.labels)
        return tuple(
            feature
            for feature, used in (
                ("multi-label", self.multi_label),
                ("repeated-labels", repeated),
                ("single-logit", self.activation == "logit"),
            )
            if used
        )


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

    @property
    def features(self) -> tuple[str, ...]:
        """An empty tuple: every reader knows such an output."""
        return ()
