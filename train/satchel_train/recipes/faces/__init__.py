"""A generator of faces, 32 by 32 pixels, that starts from a seed."""

from dataclasses import dataclass
from pathlib import Path

from satchel_train.recipe import Recipe
from satchel_train.settings import EpochSettings


@dataclass(frozen=True, kw_only=True)
class FacesSettings(EpochSettings):
    """What the recipe ``faces`` can be told."""

    features: Path | None = None
    """Model folder of a classifier, in whose features generated images are measured."""


RECIPE = Recipe(
    name="faces",
    summary="a generator of faces, from CelebA, LFW, your images or CIFAR-100's people: 20 min",
    settings=FacesSettings,
)
