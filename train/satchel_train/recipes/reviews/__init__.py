"""Sentiment of short reviews: a small corpus written for this project, CC0, shipped with it."""

from satchel_train.recipe import CLASSIFIER_OPTIONS, Recipe
from satchel_train.recipes.reviews.training import prepare

RECIPE = Recipe(
    name="reviews",
    summary="sentiment of short reviews, a corpus of this project: seconds",
    prepare=prepare,
    options=CLASSIFIER_OPTIONS,
)
