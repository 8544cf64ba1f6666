"""A network that repaints any image in the style of one."""

from dataclasses import dataclass
from pathlib import Path

from satchel_train.errors import SettingsError
from satchel_train.recipe import Recipe
from satchel_train.settings import EpochSettings


@dataclass(frozen=True, kw_only=True)
class StyleSettings(EpochSettings):
    """What the recipe ``style`` can be told.

    Raises SettingsError for both VGG19's weights and another loss network.
    """

    style: Path
    """Image whose style is learned."""
    weights: Path | None = None
    """Local copy of VGG19's published weights; None downloads them."""
    loss_network: Path | None = None
    """Model folder of a classifier, in whose features images are compared, instead of VGG19."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weights is not None and self.loss_network is not None:
            raise SettingsError("Expected weights, of VGG19, or a loss_network; got both.")


RECIPE = Recipe(
    name="style",
    summary="a network that repaints images in the style of one: 80 MB to download",
    settings=StyleSettings,
)
