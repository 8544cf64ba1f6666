"""Sentiment of the IMDB film reviews: 25,000 to train and 25,000 to test, from raw text."""

from satchel_train.recipe import CLASSIFIER_OPTIONS, Recipe
from satchel_train.recipes.imdb.training import LASSOS, MODELS, prepare

RECIPE = Recipe(
    name="imdb",
    summary="sentiment of IMDB film reviews: one to ten minutes, 84 MB to download",
    prepare=prepare,
    models=MODELS,
    options=CLASSIFIER_OPTIONS,
    without_epochs=frozenset(LASSOS),
)
