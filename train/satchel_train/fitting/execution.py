"""How one training is carried out: precision, machines, checkpoint, and who is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from satchel_train.training_loop.checkpoint import Checkpoint
from satchel_train.training_loop.device import Precision
from satchel_train.training_loop.progress import OnProgress, silent
from satchel_train.training_loop.workers import Workers


@dataclass(frozen=True)
class Execution:
    """How one training is carried out, beside its settings."""

    precision: Precision = "float32"
    """Keras's dtype policy in training; the model that comes out is float32."""
    workers: Workers | None = None
    """The processes that train together with this one."""
    checkpoint: Checkpoint | None = None
    """The file that the training goes on from, if it holds anything, and saves every epoch in."""
    callbacks: Sequence[Any] = ()
    """Objects of keras.callbacks.Callback that are called, too."""
    on_progress: OnProgress = silent


PLAIN = Execution()
"""In float32, alone, without a checkpoint and silently"""
