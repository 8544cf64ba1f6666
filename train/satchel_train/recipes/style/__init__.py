"""A network that repaints any image in the style of one image."""

from dataclasses import dataclass
from pathlib import Path

from satchel_train.errors import SettingsError
from satchel_train.recipe import Recipe
from satchel_train.settings import EpochSettings


@dataclass(frozen=True, kw_only=True)
class StyleSettings(EpochSettings):
    """The settings of the recipe ``style``.

    Raises SettingsError for both VGG19's weights and another loss network.
    """

    style: Path
    """The image whose style is learned."""
    weights: Path | None = None
    """Local copy of VGG19's published weights; None downloads them."""
    loss_network: Path | None = None
    """Model folder of a classifier, whose features compare images instead of VGG19's."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weights is not None and self.loss_network is not None:
            raise SettingsError("Expected VGG19's weights or a loss_network, got both.")


RECIPE = Recipe(
    name="style",
    summary="a network that repaints images in the style of one: 80 MB to download",
    settings=StyleSettings,
)
