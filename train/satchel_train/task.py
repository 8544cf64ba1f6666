"""The interface of a task in training: makes model inputs of samples, and writes samples."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from satchel.bundle import TASKS, Json

if TYPE_CHECKING:
    from satchel_train.data.inputs import ModelInputs


class TrainingTask(Protocol):
    """The functions of a module that describes a kind of input to training."""

    def model_inputs(
        self, contents: Any, input_spec: Any, *, vocabulary: bytes | None
    ) -> "ModelInputs":
        """Return the inputs of the float model, (n, ...), prepared by the runtime's own code."""
        ...

    def sample_fields(self, contents: Any, folder: Path, part: str) -> list[dict[str, Json]]:
        """Return the JSON fields of each sample, and write the files that they name."""
        ...


def training_task(name: str) -> TrainingTask:
    """Return the functions of the task ``name``, one of ``TASKS``."""
    task: TrainingTask = import_module(f"satchel_train.tasks.{TASKS[name]}").TASK
    return task
