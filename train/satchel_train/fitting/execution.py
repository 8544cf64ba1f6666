"""The conditions of one training: precision, machines, checkpoint and progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from satchel_train.training_loop.checkpoint import Checkpoint
from satchel_train.training_loop.device import Precision
from satchel_train.training_loop.progress import OnProgress, silent
from satchel_train.training_loop.replicas import Replicas


@dataclass(frozen=True)
class Execution:
    """The conditions of one training, besides its settings."""

    precision: Precision = "float32"
    """Keras's dtype policy in training; the model that comes out is float32."""
    workers: Replicas | None = None
    """The machines, or the devices of this machine, that train together. None: one device."""
    checkpoint: Checkpoint | None = None
    """The file in which every epoch is saved. If it exists, the training continues from it."""
    callbacks: Sequence[Any] = ()
    """Objects of keras.callbacks.Callback that are called, too."""
    on_progress: OnProgress = silent


PLAIN = Execution()
"""A training in float32 on one machine, without a checkpoint and without progress."""
