"""ResNet50 as it was trained on ImageNet, for images of 1,000 things."""

from dataclasses import dataclass, field
from pathlib import Path

from satchel_train.recipe import Recipe
from satchel_train.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ImagenetSettings(Settings):
    """The settings of the recipe ``imagenet``."""

    data_dir: Path = field()
    """Images to verify the conversion with, in folders named by ImageNet's label or synset, such
    as ``tench`` or ``n01440764``."""
    weights: Path | None = None
    """Local copy of the published weights, with the labels beside it; None downloads both."""


RECIPE = Recipe(
    name="imagenet",
    summary="ResNet50 with ImageNet's weights, not trained: 103 MB to download, images to verify",
    settings=ImagenetSettings,
)
