"""A generator of faces, 32 by 32 pixels, that starts from a seed."""

from satchel_train.recipe import Recipe
from satchel_train.recipes.faces.training import prepare

RECIPE = Recipe(
    name="faces",
    summary="a generator of faces, from CelebA, LFW, your pictures or CIFAR-100's people: 20 min",
    prepare=prepare,
    options=frozenset({"epochs", "learning_rate", "tensorboard", "features"}),
)
