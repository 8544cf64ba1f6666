"""A network that repaints any picture in the style of one."""

from satchel_train.recipe import Recipe
from satchel_train.recipes.style.training import prepare

RECIPE = Recipe(
    name="style",
    summary="a network that repaints pictures in the style of one: 80 MB to download",
    prepare=prepare,
    options=frozenset(
        {"epochs", "learning_rate", "tensorboard", "style", "weights", "loss_network"}
    ),
)
