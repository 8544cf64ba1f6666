"""The figures of a training, epoch by epoch."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar


class Epoch(NamedTuple):
    """The figures of one epoch of a classifier."""

    loss: float
    """The mean cross-entropy in nats, with dropout, while the weights changed."""
    accuracy: float
    """The accuracy on the training part, 0 to 1, measured like the loss. A mixture of two samples
    is right if its top label is that of the larger share."""
    val_loss: float
    val_accuracy: float
    seconds: float


class AdversarialEpoch(NamedTuple):
    """The figures of one epoch of a generator and its discriminator."""

    generator_loss: float
    """The generator's loss in nats. It is ln 2 if the discriminator only guesses."""
    discriminator_loss: float
    """The discriminator's loss over real and generated images in nats; 2 ln 2 if it guesses."""
    spread: float | None
    """The standard deviation of generated images relative to real ones; None if not measured."""
    frechet_distance: float | None
    """The Fréchet distance of generated and real images' features; None if not measured."""
    seconds: float


class StyleEpoch(NamedTuple):
    """The figures of one epoch of a network that transfers a style."""

    content_loss: float
    """The squared difference from the image's features, relative to these."""
    style_loss: float
    """The squared difference from the style's Gram matrices, relative to these."""
    seconds: float


AnyEpoch: TypeAlias = Epoch | AdversarialEpoch | StyleEpoch
EpochT = TypeVar("EpochT", bound=AnyEpoch)


class History(NamedTuple, Generic[EpochT]):
    """The figures of all epochs, and the epoch whose weights the model has."""

    epochs: Sequence[EpochT]
    kept: int
    """The epoch whose weights the model has, counted from 1."""

    def course(self, name: str) -> tuple[list[int], list[float]]:
        """Return the epochs, counted from 1, that measured ``name``, and its values."""
        measured = [getattr(epoch, name) for epoch in self.epochs]
        numbers = [number for number, value in enumerate(measured, 1) if value is not None]
        return numbers, [value for value in measured if value is not None]


AnyHistory: TypeAlias = History[Epoch] | History[AdversarialEpoch] | History[StyleEpoch]
