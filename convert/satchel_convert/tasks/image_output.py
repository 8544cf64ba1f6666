"""The functions for image outputs in the converter."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageOutput, Json, VerifiedImages
from satchel.metrics import psnr_db_of_noise
from satchel.preprocessing import to_png
from satchel_convert.golden.tolerances import IMAGE_ALLOWANCES, Allowance
from satchel_convert.task import Compared, Cost, CostScale, Judged, TensorDescription, decibels
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
"""The PSNR, in decibels, at which a plot shows equal images. It is the PSNR of two images that
differ by a single level in a few thousand."""
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
"""The number of samples in one batch of the float model, whose inner tensors are many times larger
than an image"""


def deployed(output: ImageOutput) -> ImageOutput:
    """Return the output of the converted models, which put out pixels."""
    return output._replace(channels=3, scale=(1.0,), offset=(0.0,))


def finish(values: Any, output: ImageOutput) -> Any:
    """Return pixels, (1, height, width, 3): scaled, and in three channels."""
    from satchel_convert.keras_models.pixels import finish_pixels

    return finish_pixels(values, output)


def describe_tensor(output: ImageOutput) -> TensorDescription:
    """Return the description of the output for a .tflite's metadata."""
    return IMAGE_TENSOR


def describe(output: ImageOutput) -> str:
    """Return the words that follow the task's name in a .tflite's description."""
    return f"of {output.height} x {output.width} pixels"


def wrong_shape(shape: Sequence[int | None], output: ImageOutput) -> str:
    """Return the error message for a float model whose output has not the card's size."""
    return (
        f"Expected model.keras to have the output {(None, *output.shape)} of its card,"
        f" got {tuple(shape)}."
    )


def batch_size(input_bytes: int) -> int:
    """Return the number of samples in one batch of the float model."""
    return BATCH


def statistics(
    found: NDArray[np.uint8], expected: NDArray[np.uint8], output: ImageOutput
) -> ImageStatistics:
    """Return the statistics of images, uint8 (samples, height, width, 3), beside ``expected``."""
    return image_statistics(found, expected)


def reference_statistics(expected: NDArray[np.uint8], output: ImageOutput) -> None:
    """Return None: images are compared with the float model's images only."""


def reference_accuracy(reference: None, truth: None) -> None:
    """Return None: images have no accuracy."""


def non_inferiority(
    found: ImageStatistics,
    reference: None,
    truth: None,
    *,
    output_spec: ImageOutput,
    scheme: str,
    limits: ImageLimits,
) -> Judged:
    """Return a model's noise, and whether it exceeds the limits."""
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
    """Return the comparison of a model's images with those of its older version."""
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
    """Return the results of verification as text, one cell for each of HEADINGS."""
    return [
        decibels(found.psnr_db),
        decibels(found.worst_psnr_db),
        f"{found.largest_difference:.2g}",
    ]


def cost_in_words(found: VerifiedImages) -> str:
    """Return the PSNR of a model's images against the float model's, as part of a sentence."""
    return (
        f"its images are {decibels(found.psnr_db)} dB from the float model's"
        f" (the worst {decibels(found.worst_psnr_db)} dB)"
    )


def cost(found: VerifiedImages) -> Cost:
    """Return the distance of the PSNR from NOISELESS_DB, in decibels."""
    return Cost(NOISELESS_DB - (NOISELESS_DB if found.psnr_db is None else found.psnr_db))


def golden_prediction(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the image itself: a golden vector holds every pixel."""
    return pixels


def golden_fields(pixels: NDArray[np.uint8], number: int) -> dict[str, Json]:
    """Return the field of a golden vector that names the image's file."""
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
