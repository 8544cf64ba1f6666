"""What a model may differ from the float model before it is left out of a bundle, for each task."""

from dataclasses import dataclass, fields

from satchel.bundle import Card
from satchel_convert.errors import ConversionError
from satchel_convert.settings import Limits
from satchel_convert.task import TaskLimits, converter_task


@dataclass(frozen=True)
class LabelLimits:
    """Of a model that says labels."""

    float32_difference: float = 1e-4
    """Of any one probability: as Keras tests its own exports"""
    float16_difference: float = 1e-2
    """Of any one probability: ten bits of mantissa through a few layers"""
    int8_agreement: float = 0.95
    """Share of samples with the same top label. A classifier that is right two times of three has
    near ties in the third, and changes its mind there at no cost: the drop is what counts, and this
    limit is for the model that answers something else altogether"""
    margin_points: float = 1.0
    """Percentage points of accuracy that int8 may lose"""
    strict: bool = False
    """Whether a model on which the samples do not decide fails"""


@dataclass(frozen=True)
class ImageLimits:
    """Of a model that makes images."""

    float32_difference: float = 1 / 255
    """Of any one pixel: a number near a half may round to either neighbour"""
    float16_difference: float = 3 / 255
    """Of any one pixel: ten bits of mantissa through tens of layers"""
    psnr_db: float = 25.0
    """Of the worst sample: noise of a twentieth of the range, which is seen but hides nothing"""


def task_limits(stated: Limits, card: Card) -> TaskLimits:
    """Return the limits for the card's task; what is not stated is the task's default.

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
