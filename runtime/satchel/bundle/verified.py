"""The results of verifying a model against the float model, on the machine that packed it."""

from typing import NamedTuple


class VerifiedLabels(NamedTuple):
    """The results of a model that classifies."""

    samples: int
    accuracy: float
    """The share of samples that the model classifies correctly, 0 to 1."""
    drop_points: float
    """Percentage points of accuracy lost against the float model. Negative if the model gained."""
    agreement: float
    """The share of samples for which both models have the same top label, 0 to 1."""
    largest_difference: float
    """The largest difference of any one probability, 0 to 1."""
    sqnr_db: float | None
    """The signal-to-quantization-noise ratio in decibel. None if nothing differs."""
    drop_ci95: tuple[float, ...] = ()
    """The ends of the 95 % confidence interval for the drop, in percentage points. Empty if the
    interval is not known."""


class VerifiedImages(NamedTuple):
    """The results of a model that makes images."""

    samples: int
    psnr_db: float | None
    """The peak signal-to-noise ratio over the pixels of all samples, in decibel. None if nothing
    differs."""
    worst_psnr_db: float | None
    """The lowest peak signal-to-noise ratio of any one sample, in decibel. None if nothing
    differs."""
    largest_difference: float
    """The largest difference of any one channel of any pixel, 0 to 1. 1 is 255 levels."""
