"""Where a training stands after an epoch: one file that is whole at any moment.

A new checkpoint is written beside the old one, flushed to the disk, and takes its name in one step,
so that a power cut leaves the one or the other. It is a NumPy archive without pickled objects.
"""

import json
import time
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json
from satchel.writing import atomic_file
from satchel_train.errors import CheckpointError

SUFFIX = ".checkpoint"
"""Behind the name of the model folder"""


@dataclass
class Checkpoint:
    """A file that a training may go on from, and what that training is."""

    path: Path
    training: Mapping[str, Json]
    """Recipe, seed, data and all else that a training to go on with must have in common"""
    seconds_before: float = 0.0
    """What the training took until the interruption, of what ``load`` returned"""

    def __post_init__(self) -> None:
        self._started = time.monotonic()

    def save(self, arrays: Sequence[NDArray[Any]], progress: Json) -> None:
        """Write ``arrays`` and ``progress``, instead of what was there.

        Raises CheckpointError where it cannot be written; the earlier checkpoint is there still.
        """
        seconds = self.seconds_before + time.monotonic() - self._started
        about = json.dumps(
            {"training": dict(self.training), "progress": progress, "seconds": seconds}
        )
        try:
            with atomic_file(self.path) as file:
                np.savez(file, allow_pickle=False, about=np.array(about), **_named(arrays))
        except OSError as error:
            raise CheckpointError(
                f"Expected to write the checkpoint {str(self.path)!r}: {error.strerror or error};"
                " the one before it is kept: make room and go on with --resume."
            ) from error

    def load(self) -> tuple[list[NDArray[Any]], Any] | None:
        """Return the arrays and the progress that were saved last; None where nothing was.

        Raises CheckpointError for a damaged file, and for that of a training with other settings.
        """
        if not self.path.exists():
            return None
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                about = json.loads(str(held["about"]))
                arrays = [held[f"array_{number}"] for number in range(len(held.files) - 1)]
                found, progress = about["training"], about["progress"]
                seconds = float(about["seconds"])
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
            if found.get(name) != value:
                raise CheckpointError(
                    f"Expected the checkpoint of a training with {name} {value!r} in"
                    f" {str(self.path)!r}, got one with {found.get(name)!r}."
                )
        self.seconds_before = seconds
        return arrays, progress

    def remove(self) -> None:
        """Forget where the training stood."""
        self.path.unlink(missing_ok=True)


def checkpoint_path(folder: Path) -> Path:
    """Return where the checkpoint of the training that ends in ``folder`` is."""
    target = folder.resolve()
    return target.with_name(target.name + SUFFIX)


def _named(arrays: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"array_{number}": array for number, array in enumerate(arrays)}
