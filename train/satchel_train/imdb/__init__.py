"""Sentiment of the IMDB film reviews: 25,000 to train and 25,000 to test, from raw text."""

from satchel_train.imdb.training import prepare
from satchel_train.recipe import CLASSIFIER_OPTIONS, Recipe

RECIPE = Recipe(
    name="imdb",
    summary="sentiment of IMDB film reviews: a minute, 84 MB to download",
    prepare=prepare,
    options=CLASSIFIER_OPTIONS,
)
