"""What verification found of a model against the float one, on the machine that packed it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VerifiedLabels:
    """Of a model that says labels."""

    samples: int
    accuracy: float
    """0 to 1"""
    drop_points: float
    """Percentage points of accuracy lost against the float model; negative where it gained"""
    agreement: float
    """Share of samples with the same top label, 0 to 1"""
    largest_difference: float
    """Of any one probability, 0 to 1"""
    sqnr_db: float | None
    """Decibel; None where nothing differs"""
    drop_ci95: tuple[float, ...] = ()
    """Where the drop lies with 95 % confidence, two percentage points; none where nobody knows"""


@dataclass(frozen=True)
class VerifiedImages:
    """Of a model that makes images."""

    samples: int
    psnr_db: float | None
    """Peak signal-to-noise ratio of all samples' pixels together; None where nothing differs"""
    worst_psnr_db: float | None
    """Of any one sample; None where nothing differs"""
    largest_difference: float
    """Of any one pixel's channel, in 255ths, 0 to 1"""
