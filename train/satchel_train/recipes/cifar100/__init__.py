"""The CIFAR-100 colour pictures, 32 by 32 pixels: 50,000 to train and 10,000 to test."""

from satchel_train.recipe import PICTURE_OPTIONS, Recipe
from satchel_train.recipes.cifar100.training import prepare

RECIPE = Recipe(
    name="cifar100",
    summary="CIFAR-100 colour pictures of 100 things: an hour or two, 169 MB to download",
    prepare=prepare,
    options=PICTURE_OPTIONS | {"test_time_augmentation"},
)
