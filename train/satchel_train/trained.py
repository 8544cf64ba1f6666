"""A prepared training, and its result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from satchel.bundle import Card, Json
from satchel_train.data.findings import Finding
from satchel_train.data.samples import Samples, Unlabelled
from satchel_train.fitting.execution import Execution
from satchel_train.measurement import Measurement
from satchel_train.training_loop.history import AnyHistory


@dataclass(frozen=True)
class Trained:
    """The result of a training, from which its model folder is written."""

    card: Card
    """The card of the model, without provenance."""
    model: Any
    """The trained keras.Model."""
    history: AnyHistory | None
    """The figures of every epoch. None if nothing was trained by epochs."""
    calibration: Samples | Unlabelled
    evaluation: Samples | Unlabelled
    data_sha256: str
    """The SHA-256 of the data set's file, 64 hexadecimal digits."""
    measured: Mapping[str, float]
    """The figures of the evaluation part by name, such as ``test_accuracy``."""
    test_time_augmentation: Mapping[str, Json] = field(default_factory=dict)
    """What several predictions of each sample reach together; empty if that was not measured. They
    are no figures of the model in a bundle, which predicts once."""
    measurement: Measurement | None = None
    """The figures of a classifier, label by label. None for other models."""
    vocabulary: bytes | None = None
    """The vocabulary file of a text model."""
    hyper: Mapping[str, Json] = field(default_factory=dict)
    """The hyper-parameters of the training, by name."""
    images: Mapping[str, bytes] = field(default_factory=dict)
    """PNG files of the model folder besides the curves, by name."""
    provenance: Mapping[str, Json] = field(default_factory=dict)
    """Further fields of the card's provenance, such as the licence of weights of others."""


class Training(Protocol):
    """A recipe with its data and its checked settings, ready to run."""

    @property
    def data_sha256(self) -> str:
        """The SHA-256 of the data set's file, 64 hexadecimal digits."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What a user should know about the data."""

    def run(self, execution: Execution) -> Trained:
        """Return the trained model. The training continues from the checkpoint if there is one."""
