"""A network that has seen ImageNet, taught to tell one's own photos apart."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from satchel_train.recipe import Recipe
from satchel_train.settings import ClassifierSettings

PhotosModel = Literal["mobilenet_v3_small", "mobilenet_v3_large", "resnet50"]


@dataclass(frozen=True, kw_only=True)
class PhotosSettings(ClassifierSettings):
    """What the recipe ``photos`` can be told."""

    data_dir: Path = field()
    """Folder of folders of images, each named by its label."""
    model: PhotosModel = "mobilenet_v3_small"
    """The network that has seen ImageNet."""
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
)
