"""The limits of a card's task, from those that a user states."""

from dataclasses import fields

from satchel.bundle import Card
from satchel_convert.errors import ConversionError
from satchel_convert.settings import Limits
from satchel_convert.task import TaskLimits, converter_task


def task_limits(stated: Limits, card: Card) -> TaskLimits:
    """Return the limits for the card's task, as ``limits_for`` does."""
    return limits_for(stated, card.task)


def limits_for(stated: Limits, task: str) -> TaskLimits:
    """Return the limits for a task; a limit that is not stated is the task's default.

    Raises ConversionError for a limit of another task.
    """
    kind = converter_task(task).output.LIMITS
    known = sorted(field.name for field in fields(kind))
    foreign = [name for name in stated.stated() if name not in known]
    if foreign:
        raise ConversionError(
            f"Expected no limit {min(foreign)} for {task}, whose limits are {', '.join(known)}."
        )
    limits: TaskLimits = kind(**stated.stated())
    return limits
