"""The settings of ``stylize``. Nothing heavy is imported here."""

from dataclasses import dataclass
from pathlib import Path

from satchel_train.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class StylizeSettings:
    """The settings for repainting an image.

    Raises SettingsError for numbers below 1, and for two loss networks.
    """

    steps: int = 300
    """Steps of optimization. Each step runs the loss network once."""
    side: int = 256
    """Height and width of the repainted image, pixels."""
    weights: Path | None = None
    """Local copy of VGG19's published weights; None downloads them."""
    loss_network: Path | None = None
    """Model folder of a classifier, whose features compare images instead of VGG19's."""

    def __post_init__(self) -> None:
        for name in ("steps", "side"):
            if getattr(self, name) < 1:
                raise SettingsError(f"Expected at least 1 as {name}, got {getattr(self, name)}.")
        if self.weights is not None and self.loss_network is not None:
            raise SettingsError("Expected VGG19's weights or a loss_network, got both.")
