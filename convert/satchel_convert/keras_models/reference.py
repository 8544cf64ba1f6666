"""Computes the float model's predictions in a child process, and passes them through a file."""

import os
import tempfile
import weakref
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion import jobs
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import ModelFolder
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.task import converter_task


class StoredPredictions:
    """Predictions in a .npy file, read on demand; the file is deleted with this object."""

    def __init__(self, path: Path) -> None:
        self._path = path
        weakref.finalize(self, path.unlink, missing_ok=True)

    def __getitem__(self, positions: slice) -> NDArray[Any]:
        # Mapped again each time: pages that were read count as used memory while they are mapped.
        return np.array(np.load(self._path, mmap_mode="r")[positions])


Reference: TypeAlias = NDArray[Any] | StoredPredictions
"""The float model's predictions: probabilities, float32 (samples, labels), or images, uint8
(samples, height, width, 3)"""


def float_predictions(
    folder: ModelFolder, inputs: SampleInputs, *, deadline_s: float = DEADLINE_S
) -> Reference:
    """Return the predictions of ``folder``'s float model: probabilities, or images in a file.

    Raises ConversionError if the model does not run, or takes longer than ``deadline_s``.
    """
    descriptor, name = tempfile.mkstemp(prefix="satchel-", suffix=".npy")
    os.close(descriptor)
    path = Path(name)
    stored = StoredPredictions(path)
    arguments = (folder.model_path, folder.card, inputs, path)
    try:
        run_isolated(jobs.store_reference_predictions, arguments, deadline_s=deadline_s)
    except BaseException:
        # The caught error would keep this frame alive, and with it the file.
        path.unlink(missing_ok=True)
        raise
    return stored[:] if converter_task(folder.card.task).output.IN_MEMORY else stored
