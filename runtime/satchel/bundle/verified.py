"""What verification found of a model against the float one, on the machine that packed it."""

from dataclasses import dataclass
from typing import TypeAlias

from satchel.bundle.strict_json import Fields


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
class VerifiedPictures:
    """Of a model that makes pictures."""

    samples: int
    psnr_db: float | None
    """Peak signal-to-noise ratio of all samples' pixels together; None where nothing differs"""
    worst_psnr_db: float | None
    """Of any one sample; None where nothing differs"""
    largest_difference: float
    """Of any one pixel's channel, in 255ths, 0 to 1"""


Verified: TypeAlias = VerifiedLabels | VerifiedPictures


def parse_verified_labels(fields: Fields) -> VerifiedLabels:
    """Return ``verified`` of a model that says labels; raises CardError."""
    return VerifiedLabels(
        samples=fields.integer("samples", 1, 1 << 40),
        accuracy=fields.number("accuracy", 0, 1),
        drop_points=fields.number("drop_points", -100, 100),
        agreement=fields.number("agreement", 0, 1),
        largest_difference=fields.number("largest_difference", 0, 1),
        sqnr_db=fields.decibel("sqnr_db"),
        drop_ci95=fields.numbers("drop_ci95", (0, 2), missing=()),
    )


def parse_verified_pictures(fields: Fields) -> VerifiedPictures:
    """Return ``verified`` of a model that makes pictures; raises CardError."""
    return VerifiedPictures(
        samples=fields.integer("samples", 1, 1 << 40),
        psnr_db=fields.decibel("psnr_db"),
        worst_psnr_db=fields.decibel("worst_psnr_db"),
        largest_difference=fields.number("largest_difference", 0, 1),
    )
