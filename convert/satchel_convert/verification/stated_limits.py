"""The limits of a card's task, from those that a user states."""

from dataclasses import fields

from satchel.bundle import Card
from satchel_convert.errors import ConversionError
from satchel_convert.settings import Limits
from satchel_convert.task import TaskLimits, converter_task


def task_limits(stated: Limits, card: Card) -> TaskLimits:
    """Return the limits for the card's task; a limit that is not stated is the task's default.

    Raises ConversionError for a limit of another task.
    """
    kind = converter_task(card.task).output.LIMITS
    known = sorted(field.name for field in fields(kind))
    foreign = [name for name in stated.stated() if name not in known]
    if foreign:
        raise ConversionError(
            f"Expected no limit {min(foreign)} for {card.task}, whose limits are"
            f" {', '.join(known)}."
        )
    limits: TaskLimits = kind(**stated.stated())
    return limits
