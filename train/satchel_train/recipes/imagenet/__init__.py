"""ResNet50 as it was trained on ImageNet, for pictures of 1,000 things."""

from satchel_train.recipe import Recipe
from satchel_train.recipes.imagenet.training import prepare

RECIPE = Recipe(
    name="imagenet",
    summary="ResNet50 with ImageNet's weights, not trained: 103 MB to download, pictures to verify",
    prepare=prepare,
    options=frozenset({"weights"}),
)
