"""What a prepared recipe does, what it is to hand over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from satchel.bundle import Card, Json
from satchel_train.data.samples import Samples, Unlabelled
from satchel_train.fitting.execution import Execution
from satchel_train.training_loop.history import AnyHistory


@dataclass(frozen=True)
class Trained:
    """What a training hands over: all that its model folder is written from."""

    card: Card
    """Without provenance"""
    model: Any
    """keras.Model"""
    history: AnyHistory | None
    """None where nothing was trained by epochs"""
    calibration: Samples | Unlabelled
    evaluation: Samples | Unlabelled
    data_sha256: str
    """Of the data set's file"""
    measured: Mapping[str, float]
    """What the evaluation samples said of the model, by name, such as ``test_accuracy``"""
    vocabulary: bytes | None = None
    """Of a text model"""
    hyper: Mapping[str, Json] = field(default_factory=dict)
    """How it was trained"""
    images: Mapping[str, bytes] = field(default_factory=dict)
    """Name to PNG: what there is to see besides the curves"""


class Training(Protocol):
    """A recipe whose data is read and whose settings are known to be right."""

    @property
    def data_sha256(self) -> str:
        """Of the data set's file, 64 hexadecimal digits."""

    def run(self, execution: Execution) -> Trained:
        """Train, from the checkpoint on where it holds anything."""
