"""Images as a model's output, in the converter."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageOutput, Json, VerifiedImages
from satchel.cli import decibels
from satchel.metrics import psnr_db_of_noise
from satchel.preprocessing import to_png
from satchel_convert.golden.tolerances import IMAGE_ALLOWANCES, Allowance
from satchel_convert.task import Compared, Cost, CostScale, Judged, TensorDescription
from satchel_convert.tasks.image_input import IMAGE_TENSOR
from satchel_convert.verification.limits import ImageLimits
from satchel_convert.verification.sample_statistics import ImageStatistics, image_statistics

LIMITS: type[ImageLimits] = ImageLimits
ALLOWANCES: Mapping[str, Allowance] = IMAGE_ALLOWANCES
HEADINGS: tuple[str, ...] = ("PSNR\ndB", "worst\nPSNR", "largest\ndiffer.")
LEGEND = (
    "PSNR: peak signal-to-noise ratio of all images' pixels together against the float model's,"
    " and of the worst image. Largest difference: of any one pixel, 1 from black to white."
)
NOISELESS_DB = 100.0
"""Where images that do not differ are drawn: a single level in a few thousand"""
COST = CostScale(
    name="noise",
    heading="noise",
    axis="PSNR, dB (low in the plot is better)",
    least_span=None,
    tick=lambda cost: f"{NOISELESS_DB - cost:.0f}",
)
RUN_ARGUMENTS = "INPUT --out DIR"
IN_MEMORY = False
HAS_EXAMPLES = True
BATCH = 8
"""Samples at a time through the float model, which holds many of an image's size on the way"""


def deployed(output: ImageOutput) -> ImageOutput:
    """Return the output of the converted models, which put out pixels."""
    return replace(output, channels=3, scale=(1.0,), offset=(0.0,))


def finish(values: Any, output: ImageOutput) -> Any:
    """Return pixels, (1, height, width, 3): scaled, and in three channels."""
    from satchel_convert.keras_models.pixels import finish_pixels

    return finish_pixels(values, output)


def describe_tensor(output: ImageOutput) -> TensorDescription:
    """Return what a .tflite's metadata say of the output."""
    return IMAGE_TENSOR


def describe(output: ImageOutput) -> str:
    """Return what is behind the task's name in a .tflite's description."""
    return f"of {output.height} x {output.width} pixels"


def wrong_shape(shape: Sequence[int | None], output: ImageOutput) -> str:
    """Return in words that a float model does not put out an image of the card's size."""
    return (
        f"Expected model.keras to put out {(None, *output.shape)} as its card says,"
        f" got {tuple(shape)}."
    )


def batch_size(input_bytes: int) -> int:
    """Return how many samples the float model takes at once."""
    return BATCH


def statistics(found: NDArray[np.uint8], expected: NDArray[np.uint8]) -> ImageStatistics:
    """Return what images, uint8 (samples, height, width, 3), amount to."""
    return image_statistics(found, expected)


def reference_statistics(expected: NDArray[np.uint8]) -> None:
    """Return None: images are compared with the float model's, and with nothing else."""


def reference_accuracy(reference: None, truth: None) -> None:
    """Return None: no image is the right one."""


def non_inferiority(
    found: ImageStatistics,
    reference: None,
    truth: None,
    *,
    output_spec: ImageOutput,
    scheme: str,
    limits: ImageLimits,
) -> Judged:
    """Return what the statistics say of a model: its noise, and whether it is too much."""
    from satchel_convert.verification.failures import image_failures

    verified = _verified(found)
    return Judged(verified, image_failures(scheme, verified, limits))


def compare(
    file: str,
    found: ImageStatistics,
    before: None,
    truth: None,
    *,
    output_spec: ImageOutput,
    limits: ImageLimits,
) -> Compared:
    """Return whether a model's worst image is too far from that of the one before it."""
    from satchel_convert.verification.failures import psnr_failures

    verified = _verified(found)
    reasons = psnr_failures(verified, limits)
    return Compared(
        file,
        "failed" if reasons else "passed",
        "; ".join(reasons),
        worst_psnr_db=verified.worst_psnr_db,
    )


def figures(found: VerifiedImages) -> list[str]:
    """Return what verification found, a cell for each of HEADINGS."""
    return [
        decibels(found.psnr_db),
        decibels(found.worst_psnr_db),
        f"{found.largest_difference:.2g}",
    ]


def cost_in_words(found: VerifiedImages) -> str:
    """Return how far a model's images are from the float model's, as part of a sentence."""
    return (
        f"its images are {decibels(found.psnr_db)} dB from the float model's"
        f" (the worst {decibels(found.worst_psnr_db)} dB)"
    )


def cost(found: VerifiedImages) -> Cost:
    """Return the decibels of PSNR below NOISELESS_DB."""
    return Cost(NOISELESS_DB - (NOISELESS_DB if found.psnr_db is None else found.psnr_db))


def golden_fields(pixels: NDArray[np.uint8], number: int) -> dict[str, Json]:
    """Return the image's file as a golden vector names it."""
    return {"output": _file(number)}


def golden_files(pixels: NDArray[np.uint8], number: int) -> Mapping[str, bytes]:
    """Return the image as a PNG file."""
    return {_file(number): to_png(pixels)}


def _file(number: int) -> str:
    return f"golden/{number}-output.png"


def _verified(found: ImageStatistics) -> VerifiedImages:
    return VerifiedImages(
        samples=len(found.mean_square),
        psnr_db=_rounded(psnr_db_of_noise(np.sqrt(found.mean_square.mean()))),
        worst_psnr_db=_rounded(psnr_db_of_noise(np.sqrt(found.mean_square.max()))),
        largest_difference=int(found.largest_difference.max()) / 255,
    )


def _rounded(ratio: float) -> float | None:
    return round(ratio, 2) if np.isfinite(ratio) else None
