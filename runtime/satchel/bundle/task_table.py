"""The tasks that there are: the one table that a new task has an entry in."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from satchel.bundle.task import Task

TASKS: dict[str, str] = {
    "image-classification": "image_classification",
    "text-classification": "text_classification",
    "image-generation": "image_generation",
    "style-transfer": "style_transfer",
}
"""Task, as a card names it, to the module that describes it in each package: ``satchel.tasks`` for
the runtime, ``satchel_convert.tasks`` for the converter"""


def load_task(name: str) -> "Task":
    """Return the runtime's description of the task ``name``, which is in TASKS.

    Its module is imported when a card first names it: no room below the tasks imports them, and a
    cold start pays for one task alone.
    """
    task: Task = import_module(f"satchel.tasks.{TASKS[name]}").TASK
    return task
