"""Handwritten digits of 8 by 8 pixels: a real data set that comes with scikit-learn."""

from dataclasses import dataclass

from satchel_train.recipe import Recipe
from satchel_train.settings import ImageClassifierSettings, StudentSettings


@dataclass(frozen=True, kw_only=True)
class DigitsSettings(ImageClassifierSettings, StudentSettings):
    """The settings of the recipe ``digits``."""

    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows."""


RECIPE = Recipe(
    name="digits",
    summary="handwritten digits, 8 x 8 pixels, bundled with scikit-learn: seconds",
    settings=DigitsSettings,
    several_machines=True,
)
