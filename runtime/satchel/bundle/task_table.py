"""The table of all tasks. A new task needs an entry here.

A task is a pair of an input and an output. A module of ``satchel.tasks`` describes each kind of
them: the four tasks use three kinds of input and two kinds of output. ``docs/decisions/0018`` says
how to add a task.
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from satchel.bundle.task_functions import InputFunctions, OutputFunctions


class Task(NamedTuple):
    """The purpose of a model: a kind of input and a kind of output."""

    input: "InputFunctions"
    output: "OutputFunctions"


TASKS: dict[str, str] = {
    "image-classification": "image_classification",
    "text-classification": "text_classification",
    "image-generation": "image_generation",
    "style-transfer": "style_transfer",
}
"""The name of each task in a card, with the name of the module that describes it in each package:
in ``satchel.tasks`` for the runtime, in ``satchel_convert.tasks`` for the converter."""


def load_task(name: str) -> Task:
    """Return the runtime's description of the task ``name``, which is in TASKS.

    The module is imported when a card first names the task. So no room below the tasks imports
    them, and a cold start pays for a single task.
    """
    task: Task = import_module(f"satchel.tasks.{TASKS[name]}").TASK
    return task
