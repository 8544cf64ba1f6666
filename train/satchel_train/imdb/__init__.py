"""Sentiment of the IMDB film reviews: 25,000 to train and 25,000 to test, from raw text."""

from satchel_train.imdb.training import MODELS, prepare
from satchel_train.recipe import CLASSIFIER_OPTIONS, Recipe

RECIPE = Recipe(
    name="imdb",
    summary="sentiment of IMDB film reviews: one to ten minutes, 84 MB to download",
    prepare=prepare,
    models=MODELS,
    options=CLASSIFIER_OPTIONS,
)
