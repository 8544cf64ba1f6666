"""The MNIST handwritten digits, 28 by 28 pixels: 60,000 to train and 10,000 to test."""

from satchel_train.recipe import PICTURE_OPTIONS, Recipe
from satchel_train.recipes.mnist.training import MODELS, prepare

RECIPE = Recipe(
    name="mnist",
    summary="MNIST handwritten digits, 28 x 28 pixels: minutes, 11 MB to download",
    prepare=prepare,
    models=MODELS,
    options=PICTURE_OPTIONS,
)
