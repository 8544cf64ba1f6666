"""The MNIST handwritten digits, 28 by 28 pixels: 60,000 to train and 10,000 to test."""

from satchel_train.mnist.training import train
from satchel_train.recipe import Recipe

RECIPE = Recipe(
    name="mnist",
    summary="MNIST handwritten digits, 28 x 28 pixels: minutes, 11 MB to download",
    epochs=25,
    train=train,
)
