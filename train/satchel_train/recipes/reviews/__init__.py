"""Sentiment of short reviews: a small corpus written for this project, CC0, shipped with it."""

from dataclasses import dataclass

from satchel_train.recipe import Recipe
from satchel_train.settings import StudentSettings


@dataclass(frozen=True, kw_only=True)
class ReviewsSettings(StudentSettings):
    """The settings of the recipe ``reviews``."""

    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows."""


RECIPE = Recipe(
    name="reviews",
    summary="sentiment of short reviews, a corpus of this project: seconds",
    settings=ReviewsSettings,
    several_machines=True,
)
