"""The CIFAR-100 colour images, 32 by 32 pixels: 50,000 to train and 10,000 to test."""

from dataclasses import dataclass

from satchel_train.recipe import Recipe
from satchel_train.settings import ImageClassifierSettings, StudentSettings


@dataclass(frozen=True, kw_only=True)
class Cifar100Settings(ImageClassifierSettings, StudentSettings):
    """The settings of the recipe ``cifar100``."""

    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows."""
    test_time_augmentation: bool = False
    """Whether the accuracy is measured with mirrored images, too."""


RECIPE = Recipe(
    name="cifar100",
    summary="CIFAR-100 colour images of 100 things: an hour or two, 169 MB to download",
    settings=Cifar100Settings,
    several_machines=True,
)
