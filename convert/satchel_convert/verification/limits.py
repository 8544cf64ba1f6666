"""The default limits of each task on a model's distance from the float model.

A model that exceeds a limit is left out of the bundle.
"""

from dataclasses import dataclass, fields

from satchel.bundle import Card
from satchel_convert.errors import ConversionError
from satchel_convert.settings import Limits
from satchel_convert.task import TaskLimits, converter_task


@dataclass(frozen=True)
class LabelLimits:
    """The limits of a model that predicts labels."""

    float32_difference: float = 1e-4
    """The largest allowed difference of any one probability. Keras tests its own exports with the
    same limit."""
    float16_difference: float = 1e-2
    """The largest allowed difference of any one probability. The reason is a mantissa of ten bits
    through a few layers."""
    int8_agreement: float = 0.95
    """The smallest share of samples with the same top label. A classifier that is right two times
    out of three has near ties in the third case, and a changed label there costs nothing. So the
    accuracy drop is what counts, and this limit finds a model with quite different predictions."""
    margin_points: float = 1.0
    """The percentage points of accuracy that int8 may lose"""
    strict: bool = False
    """Whether an undecided model fails"""


@dataclass(frozen=True)
class ImageLimits:
    """The limits of a model that makes images."""

    float32_difference: float = 1 / 255
    """The largest allowed difference of any one pixel. The reason is that a number near a half may
    round up or down."""
    float16_difference: float = 3 / 255
    """The largest allowed difference of any one pixel. The reason is a mantissa of ten bits through
    tens of layers."""
    psnr_db: float = 25.0
    """The smallest PSNR of any one image, in decibels. It means noise of a twentieth of the range,
    which is visible but hides nothing."""


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
