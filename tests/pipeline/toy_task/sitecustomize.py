"""All that a new task is: its modules beside the others, and its entry in the table.

Python imports this at its start where ``PYTHONPATH`` names the folder, and so does every child
process of a command.
"""

from pathlib import Path

import satchel.tasks
import satchel_convert.tasks
from satchel.bundle.task_table import TASKS

HERE = Path(__file__).parent

satchel.tasks.__path__.append(str(HERE / "runtime"))
satchel_convert.tasks.__path__.append(str(HERE / "convert"))
TASKS["tabular-regression"] = "tabular_regression"
