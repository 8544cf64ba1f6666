"""A generator of faces, 64 or 32 pixels wide and high, that starts from a seed."""

from dataclasses import dataclass
from pathlib import Path

from satchel_train.errors import SettingsError
from satchel_train.recipe import Recipe
from satchel_train.settings import EpochSettings

SIZES = (32, 64)
"""The sizes of the images that can be learned: height and width in pixels."""


@dataclass(frozen=True, kw_only=True)
class FacesSettings(EpochSettings):
    """The settings of the recipe ``faces``."""

    features: Path | None = None
    """Model folder of a classifier, whose features measure generated images."""
    size: int | None = None
    """Height and width of the images in pixels, 32 or 64. None takes 64 for images of faces, and 32
    for CIFAR-100's people, which have no more."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size is not None and self.size not in SIZES:
            raise SettingsError(f"Expected a size of 32 or 64 pixels, got {self.size}.")


RECIPE = Recipe(
    name="faces",
    summary="a generator of faces, from CelebA, LFW, your images or CIFAR-100's people: 20 min",
    settings=FacesSettings,
    several_machines=True,
)
