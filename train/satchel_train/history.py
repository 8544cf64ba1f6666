"""What a training measured, epoch by epoch."""

from typing import NamedTuple


class Epoch(NamedTuple):
    """What one epoch measured."""

    loss: float
    """Mean cross-entropy in nats, with dropout, while the weights moved"""
    accuracy: float
    """0 to 1"""
    val_loss: float
    val_accuracy: float
    seconds: float


class History(NamedTuple):
    """The epochs, and which one's weights the model has."""

    epochs: list[Epoch]
    kept: int
    """Counted from 1"""


NO_EPOCHS = History([], 0)
"""Of a training that is no walk through the data, again and again"""
