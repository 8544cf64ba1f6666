"""A network that has seen ImageNet, taught to tell one's own photos apart."""

from satchel_train.networks.pretrained import PRETRAINED
from satchel_train.recipe import PICTURE_OPTIONS, Recipe
from satchel_train.recipes.photos.training import prepare

RECIPE = Recipe(
    name="photos",
    summary="your own pictures, a folder for each label: minutes, 4 to 95 MB to download",
    prepare=prepare,
    models=tuple(PRETRAINED),
    options=(PICTURE_OPTIONS - {"workers"}) | {"weights", "test_time_augmentation"},
)
