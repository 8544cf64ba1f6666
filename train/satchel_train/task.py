"""What training asks of a task: how samples become model inputs, and how they are written."""

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from satchel.bundle import TASKS, Json


class TrainingTask(Protocol):
    """The functions of a module that describes a kind of input to training."""

    def model_inputs(
        self, contents: Any, input_spec: Any, *, vocabulary: bytes | None
    ) -> NDArray[Any]:
        """Return samples as the float model takes them, (n, ...), by the runtime's own code."""
        ...

    def sample_fields(self, contents: Any, folder: Path, part: str) -> list[dict[str, Json]]:
        """Return what each sample's line says of it; files that it names are written."""
        ...


def training_task(name: str) -> TrainingTask:
    """Return what training needs to know of the task ``name``, which is in ``TASKS``."""
    task: TrainingTask = import_module(f"satchel_train.tasks.{TASKS[name]}").TASK
    return task
