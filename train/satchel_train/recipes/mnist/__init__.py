"""The MNIST handwritten digits, 28 by 28 pixels: 60,000 to train and 10,000 to test."""

from dataclasses import dataclass
from typing import Literal

from satchel_train.recipe import Recipe
from satchel_train.settings import ImageClassifierSettings, StudentSettings

MnistModel = Literal["mlp", "separable"]


@dataclass(frozen=True, kw_only=True)
class MnistSettings(ImageClassifierSettings, StudentSettings):
    """The settings of the recipe ``mnist``."""

    model: MnistModel = "mlp"
    """A perceptron, 512-512, or a network of separable convolutions with 2,370 parameters."""
    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows."""


RECIPE = Recipe(
    name="mnist",
    summary="MNIST handwritten digits, 28 x 28 pixels: minutes, 11 MB to download",
    settings=MnistSettings,
    several_machines=True,
)
