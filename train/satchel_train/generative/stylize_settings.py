"""What a caller may choose for ``stylize``. Nothing heavy is imported here."""

from dataclasses import dataclass
from pathlib import Path

from satchel_train.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class StylizeSettings:
    """How an image is repainted.

    Raises SettingsError for numbers below 1, and for two loss networks.
    """

    steps: int = 300
    """Steps of optimization, each of which costs one look of the loss network."""
    side: int = 256
    """Height and width of the repainted image, pixels."""
    weights: Path | None = None
    """Local copy of VGG19's published weights; None downloads them."""
    loss_network: Path | None = None
    """Model folder of a classifier, in whose features images are compared, instead of VGG19."""

    def __post_init__(self) -> None:
        for name in ("steps", "side"):
            if getattr(self, name) < 1:
                raise SettingsError(f"Expected at least 1 as {name}, got {getattr(self, name)}.")
        if self.weights is not None and self.loss_network is not None:
            raise SettingsError("Expected weights, of VGG19, or a loss_network; got both.")
