"""The functions of an image output."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from satchel import limits
from satchel.bundle.image_output import ImageOutput, VerifiedImages
from satchel.bundle.strict_json import Fields, Json
from satchel.errors import CardError, InputError, SatchelError
from satchel.tasks import channels

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.task import Deliver, RawInput

HEADINGS = ("PSNR dB", "worst", "largest")
WRITES_FILES = True
LEAST_PSNR_DB = 25.0
"""The lowest allowed ratio of the worst image against the float model's. The converter uses the
same limit."""


def parse(fields: Fields) -> ImageOutput:
    """Return the image that the field ``output`` of a card describes; raises CardError."""
    fields.constant("kind", "image")
    count = channels.parse_channels(fields)
    height = fields.integer("height", 1, limits.MAX_SIDE)
    width = fields.integer("width", 1, limits.MAX_SIDE)
    if height * width > limits.MAX_OUTPUT_PIXELS:
        raise fields.wrong(
            "width", f"at most {limits.MAX_OUTPUT_PIXELS:,} pixels", f"{height} x {width}"
        )
    return ImageOutput(
        height=height,
        width=width,
        channels=count,
        scale=fields.factors("scale", (1, count)),
        offset=fields.numbers("offset", (1, count), missing=(0.0,)),
    )


def parse_verified(fields: Fields) -> VerifiedImages:
    """Return the results in the field ``verified`` of a model; raises CardError."""
    return VerifiedImages(
        samples=fields.integer("samples", 1, 1 << 40),
        psnr_db=fields.decibel("psnr_db"),
        worst_psnr_db=fields.decibel("worst_psnr_db"),
        largest_difference=fields.number("largest_difference", 0, 1),
    )


def to_json(output: ImageOutput) -> dict[str, Json]:
    """Return the fields that ``parse`` reads."""
    return output._asdict()


def check_bundled(output: ImageOutput) -> None:
    """Raise CardError for grey images, which only a model folder may have."""
    channels.check_bundled(output.channels)


def postprocess(values: NDArray[np.float32], output: ImageOutput) -> NDArray[np.uint8]:
    """Return images, uint8 (n, height, width, 3), from the model's output.

    A pixel is ``value * scale + offset`` in float32, with ties rounded up, clipped to 0 to 255. One
    channel becomes three equal ones.
    """
    import numpy as np

    from satchel.quantization import quantize

    with np.errstate(over="ignore"):
        # The next step clips what overflows.
        levels = values * np.array(output.scale, np.float32) + np.array(output.offset, np.float32)
    pixels = quantize(levels, scale=1.0, zero_point=0, dtype=np.uint8)
    return np.repeat(pixels, 3, axis=3) if output.channels == 1 else pixels


def difference(expected: NDArray[np.uint8], found: NDArray[np.uint8]) -> float:
    """Return the root mean square of the pixels' differences, 0 to 1. 1 is 255 levels."""
    from satchel.metrics import root_mean_square

    return root_mean_square(expected, found) / 255


def golden_form(output: ImageOutput) -> str:
    """Return the fields of a golden vector that describe the prediction, in words."""
    return "an output image of the bundle"


def read_golden(
    vector: Mapping[str, Any], output: ImageOutput, files: Mapping[str, bytes]
) -> NDArray[np.uint8] | None:
    """Return the image of a golden vector, uint8 (height, width, 3), None if it names none.

    Raises CardError for an image of another size, InputError for one that cannot be read.
    """
    from satchel.preprocessing.images import decode

    name = vector.get("output")
    if not isinstance(name, str) or name not in files:
        return None
    pixels = decode(files[name])
    if pixels.shape[:2] != (output.height, output.width):
        raise CardError(
            f"Expected an image of {output.height} x {output.width} in {name!r},"
            f" got {pixels.shape[0]} x {pixels.shape[1]}."
        )
    return pixels


def broken_policy(found: VerifiedImages, first: VerifiedImages | None) -> str | None:
    """Return in words why a model must not replace the first one, None if it may."""
    least = LEAST_PSNR_DB
    if first is not None and first.worst_psnr_db is not None:
        least = min(least, first.worst_psnr_db)
    if found.worst_psnr_db is not None and found.worst_psnr_db < least:
        return f"its worst image has {found.worst_psnr_db:.1f} dB, below {least:.1f}"
    return None


def check_options(task: str, *, top: int | None, out: Path | None) -> None:
    """Raise SatchelError if there is a number of labels, or no folder to write to."""
    if top is not None:
        raise SatchelError(f"Expected no --top for {task}: it has no labels.")
    if out is None:
        raise SatchelError(f"Expected --out DIR for {task}, got none: its images need a folder.")


def open_delivery(
    output: ImageOutput,
    inputs: Collection[RawInput],
    *,
    top: int | None,
    out: Path | None,
) -> Deliver:
    """Return a function that writes an image to ``out``, and replaces no input and no other."""
    from pathlib import Path

    from satchel.preprocessing.images import to_png
    from satchel.writing import check_writable, make_folder, write_atomically

    assert out is not None, "check_options has checked it"
    make_folder(out)
    check_writable(out / "image.png")
    occupied = {each.value.resolve() for each in inputs if isinstance(each.value, Path)}

    def deliver(each: RawInput, pixels: NDArray[Any]) -> tuple[str, dict[str, Any]]:
        target = out / _file_name(each.value)
        if target.resolve() in occupied:
            raise InputError(
                f"Expected another --out for {each.name!r}, got {str(target)!r}, which is an input"
                " or was just written."
            )
        write_atomically(to_png(pixels), target)
        occupied.add(target.resolve())
        return str(target), {"output": str(target)}

    return deliver


def describe(output: ImageOutput) -> str:
    """Return a description of the model's output, in words."""
    return f"an image, {output.height} x {output.width}"


def figures(found: VerifiedImages) -> tuple[str, str, str]:
    """Return the results of a verification, one cell for each of HEADINGS."""
    largest = f"{found.largest_difference:.2g}"
    return _decibels(found.psnr_db), _decibels(found.worst_psnr_db), largest


def accuracy_in_words(found: VerifiedImages) -> str:
    """Return the results of a verification in the words of a benchmark card."""
    if found.psnr_db is None:
        return f"no pixel differs in {found.samples:,} images"
    return f"PSNR {found.psnr_db:.1f} dB over {found.samples:,} images"


def _file_name(value: Path | str | int) -> str:
    stem = getattr(value, "stem", None)
    return f"seed-{value}.png" if stem is None else f"{stem}-styled.png"


def _decibels(ratio: float | None) -> str:
    return "inf" if ratio is None else f"{ratio:.1f}"
