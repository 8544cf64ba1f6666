"""Handwritten digits of 8 by 8 pixels: a real data set that comes with scikit-learn."""

from satchel_train.recipe import PICTURE_OPTIONS, Recipe
from satchel_train.recipes.digits.training import prepare

RECIPE = Recipe(
    name="digits",
    summary="handwritten digits, 8 x 8 pixels, bundled with scikit-learn: seconds",
    prepare=prepare,
    options=PICTURE_OPTIONS,
)
