"""The state of a training after an epoch, in one file that is complete at any moment.

A new checkpoint is written beside the old one, flushed to the disk, and renamed in one step. So
after a power failure, either the old or the new checkpoint is there. The file is a NumPy archive
without pickled objects.
"""

import json
import time
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json
from satchel.writing import atomic_file
from satchel_train.errors import CheckpointError

SUFFIX = ".checkpoint"
"""The suffix after the name of the model folder."""


@dataclass
class Checkpoint:
    """The file of a checkpoint, and the identity of its training."""

    path: Path
    training: Mapping[str, Json]
    """Recipe, seed, data and all other properties that a resumed training must share."""
    seconds_before: float = 0.0
    """The seconds of training before the interruption. ``load`` sets them."""
    diverged: list[float] = field(default_factory=list)
    """The learning rates with which the training diverged from a checkpoint. ``load`` sets them."""

    def __post_init__(self) -> None:
        self._started = time.monotonic()

    def save(self, arrays: Sequence[NDArray[Any]], progress: Json) -> None:
        """Write ``arrays`` and ``progress`` in place of the earlier checkpoint.

        Raises CheckpointError if it cannot be written. The earlier checkpoint is kept then.
        """
        seconds = self.seconds_before + time.monotonic() - self._started
        about = json.dumps(
            {
                "training": dict(self.training),
                "progress": progress,
                "seconds": seconds,
                "diverged": self.diverged,
            }
        )
        try:
            with atomic_file(self.path) as file:
                np.savez(file, allow_pickle=False, about=np.array(about), **_named(arrays))
        except OSError as error:
            raise CheckpointError(
                f"Expected to write the checkpoint {str(self.path)!r}: {error.strerror or error};"
                " the one before it is kept: make room and go on with --resume."
            ) from error

    def mark_diverged(self, learning_rate: float) -> None:
        """Write into the checkpoint that the training diverged from it with ``learning_rate``.

        It can then be resumed with another ``learning_rate`` in its identity.

        Raises CheckpointError as ``load`` and ``save`` do.
        """
        saved = self.load()
        assert saved is not None, "an epoch was saved"
        self.diverged.append(learning_rate)
        # Nothing of the time since that epoch is kept.
        self._started = time.monotonic()
        self.save(*saved)

    def load(self) -> tuple[list[NDArray[Any]], Any] | None:
        """Return the arrays and the progress that were saved last, or None without a checkpoint.

        Raises CheckpointError for a damaged file, and for a training with other settings. After a
        divergence, the learning rate may be another one.
        """
        if not self.path.exists():
            return None
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                about = json.loads(str(held["about"]))
                arrays = [held[f"array_{number}"] for number in range(len(held.files) - 1)]
                found, progress = about["training"], about["progress"]
                seconds = float(about["seconds"])
                diverged = [float(rate) for rate in about.get("diverged", ())]
        except (
            EOFError,
            KeyError,
            OSError,
            TypeError,
            ValueError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise CheckpointError(
                f"Expected a checkpoint in {str(self.path)!r}, got a damaged or other file:"
                " remove it to train from the start."
            ) from error
        for name, value in self.training.items():
            if found.get(name) != value and not (name == "learning_rate" and diverged):
                raise CheckpointError(
                    f"Expected the checkpoint of a training with {name} {value!r} in"
                    f" {str(self.path)!r}, got one with {found.get(name)!r}."
                )
        self.seconds_before, self.diverged = seconds, diverged
        return arrays, progress

    def remove(self) -> None:
        """Delete the checkpoint, if there is one."""
        self.path.unlink(missing_ok=True)


def checkpoint_path(folder: Path) -> Path:
    """Return the path of the checkpoint for the training that writes ``folder``."""
    target = folder.resolve()
    return target.with_name(target.name + SUFFIX)


def _named(arrays: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"array_{number}": array for number, array in enumerate(arrays)}
