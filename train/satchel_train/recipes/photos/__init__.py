"""A network that others trained, taught to classify the user's own photos."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from satchel_train.errors import SettingsError
from satchel_train.recipe import Recipe
from satchel_train.settings import ImageClassifierSettings

PhotosModel = Literal["mobilenet_v3_small", "mobilenet_v3_large", "resnet50", "efficientnet_lite0"]
DEFAULT: PhotosModel = "mobilenet_v3_small"


@dataclass(frozen=True, kw_only=True)
class PhotosSettings(ImageClassifierSettings):
    """The settings of the recipe ``photos``.

    Fine-tuning follows the training of the last layer if that one makes enough mistakes on the
    validation images to show a gain, or if anything is chosen that only fine-tuning has, such as
    ``epochs`` or ``augment``.
    """

    data_dir: Path = field()
    """Folder with a folder of images for each label, named by the label."""
    model: PhotosModel | None = None
    """The network with ImageNet's weights; None is mobilenet_v3_small, or the backbone."""
    weights: Path | None = None
    """Local copy of the network's published weights; None downloads them, and ``Path("none")``
    begins with random ones."""
    backbone: Path | None = None
    """A network of your own instead of ``model``: a .keras file or a model folder."""
    mean: tuple[float, ...] | None = None
    """Mean level of the images, 0 to 255, that a .keras file was trained on: one number, or one for
    red, green and blue. Only for a file without Rescaling or Normalization in front."""
    std: tuple[float, ...] | None = None
    """The divisor in (level - mean) / std, likewise."""
    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows."""
    test_time_augmentation: bool = False
    """Whether the accuracy is measured with mirrored images, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.backbone is not None:
            for name in ("model", "weights"):
                if getattr(self, name) is not None:
                    raise SettingsError(f"Expected one of backbone and {name}, got both.")
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values is None:
                continue
            if self.backbone is None:
                raise SettingsError(
                    f"Expected no {name} without a backbone: the images of a model are known."
                )
            usable = all(math.isfinite(each) and (name == "mean" or each > 0) for each in values)
            if len(values) not in (1, 3) or not usable:
                above = "" if name == "mean" else " above 0"
                raise SettingsError(
                    f"Expected one number{above} as {name}, or three, got {values!r}."
                )


RECIPE = Recipe(
    name="photos",
    summary="your own images, a folder for each label: a minute or more, 4 to 95 MB to download",
    settings=PhotosSettings,
    several_machines=True,
)
