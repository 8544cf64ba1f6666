"""A network with ImageNet's weights, fine-tuned to classify the user's own photos."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from satchel_train.recipe import Recipe
from satchel_train.settings import ImageClassifierSettings

PhotosModel = Literal["mobilenet_v3_small", "mobilenet_v3_large", "resnet50"]


@dataclass(frozen=True, kw_only=True)
class PhotosSettings(ImageClassifierSettings):
    """The settings of the recipe ``photos``."""

    data_dir: Path = field()
    """Folder with a folder of images for each label, named by the label."""
    model: PhotosModel = "mobilenet_v3_small"
    """The network with ImageNet's weights."""
    weights: Path | None = None
    """Local copy of the network's published weights; None downloads them, and ``Path("none")``
    begins with random ones."""
    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows."""
    test_time_augmentation: bool = False
    """Whether the accuracy is measured with mirrored images, too."""


RECIPE = Recipe(
    name="photos",
    summary="your own images, a folder for each label: minutes, 4 to 95 MB to download",
    settings=PhotosSettings,
    several_machines=True,
)
