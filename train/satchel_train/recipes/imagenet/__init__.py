"""Networks as they were trained on ImageNet, for images of 1,000 things."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from satchel_train.recipe import Recipe
from satchel_train.settings import Settings

ImagenetModel = Literal["resnet50", "efficientnet_lite0"]


@dataclass(frozen=True, kw_only=True)
class ImagenetSettings(Settings):
    """The settings of the recipe ``imagenet``."""

    data_dir: Path = field()
    """Images to verify the conversion with: in folders named by ImageNet's label or synset, such
    as ``tench`` or ``n01440764``, or in one folder, named such as ``n01440764_tench.jpg``."""
    model: ImagenetModel = "resnet50"
    """The network with ImageNet's weights."""
    weights: Path | None = None
    """Local copy of the published weights, with the labels beside it; None downloads both. With
    images of all 1,000 classes in one folder, the labels are read from their names."""


RECIPE = Recipe(
    name="imagenet",
    summary="a network with ImageNet's weights, not trained: 17 or 103 MB to download, images to"
    " verify",
    settings=ImagenetSettings,
)
