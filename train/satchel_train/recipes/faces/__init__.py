"""A generator of faces, 32 by 32 pixels, that starts from a seed."""

from dataclasses import dataclass
from pathlib import Path

from satchel_train.recipe import Recipe
from satchel_train.settings import EpochSettings


@dataclass(frozen=True, kw_only=True)
class FacesSettings(EpochSettings):
    """The settings of the recipe ``faces``."""

    features: Path | None = None
    """Model folder of a classifier, whose features measure generated images."""


RECIPE = Recipe(
    name="faces",
    summary="a generator of faces, from CelebA, LFW, your images or CIFAR-100's people: 20 min",
    settings=FacesSettings,
    several_machines=True,
)
