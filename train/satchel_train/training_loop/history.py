"""What a training measured, epoch by epoch."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar


class Epoch(NamedTuple):
    """What one epoch of a classifier measured."""

    loss: float
    """Mean cross-entropy in nats, with dropout, while the weights moved"""
    accuracy: float
    """0 to 1"""
    val_loss: float
    val_accuracy: float
    seconds: float


class AdversarialEpoch(NamedTuple):
    """What one epoch of a generator and its discriminator measured."""

    generator_loss: float
    """Nats: how well the discriminator told its images; ln 2 where it only guessed"""
    discriminator_loss: float
    """Nats, over real and generated images; 2 ln 2 where it only guessed"""
    spread: float | None
    """Of the generated images, as a share of the real ones'; None where it was not measured"""
    frechet_distance: float | None
    """Between the features of generated and of real images; None where it was not measured"""
    seconds: float


class StyleEpoch(NamedTuple):
    """What one epoch of a network that transfers a style measured."""

    content_loss: float
    """Share of the image's features that is lost"""
    style_loss: float
    """Share of the style's Gram matrices that is missed"""
    seconds: float


AnyEpoch: TypeAlias = Epoch | AdversarialEpoch | StyleEpoch
EpochT = TypeVar("EpochT", bound=AnyEpoch)


class History(NamedTuple, Generic[EpochT]):
    """The epochs, and which one's weights the model has."""

    epochs: Sequence[EpochT]
    kept: int
    """Counted from 1"""

    def course(self, name: str) -> tuple[list[int], list[float]]:
        """Return the epochs, counted from 1, that measured ``name``, and what they measured."""
        measured = [getattr(epoch, name) for epoch in self.epochs]
        numbers = [number for number, value in enumerate(measured, 1) if value is not None]
        return numbers, [value for value in measured if value is not None]


AnyHistory: TypeAlias = History[Epoch] | History[AdversarialEpoch] | History[StyleEpoch]
