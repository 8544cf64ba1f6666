"""Turns an image into a model's input, with the same bits on every machine, and pixels into a file.

The steps are, in this order: decode, transpose as EXIF says, convert to sRGB, flatten transparency,
cut to the aspect ratio if the card says so, resize in two one-axis passes, pad if the card says so,
scale, offset and the order of the channels.
``docs/bundle.md`` specifies each step. Pillow decodes and resamples.
"""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from satchel import limits
from satchel.bundle.card import TensorSpec
from satchel.bundle.image_input import Color, ImageInput
from satchel.errors import EngineError, InputError, first_line
from satchel.preprocessing.color_and_alpha import has_transparency, to_srgb
from satchel.preprocessing.exif import upright
from satchel.preprocessing.image_formats import open_image
from satchel.preprocessing.image_header import read_header
from satchel.preprocessing.placement import Placement, place
from satchel.quantization import quantize

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PIL import Image

    from satchel.preprocessing.jpeg_scaling import Scaled
    from satchel.preprocessing.preprocessor import Decoding

ImageLike: TypeAlias = "str | os.PathLike[str] | bytes | Image.Image | NDArray[np.uint8]"
"""A path, an encoded file, a PIL image, or uint8 (height, width) or (height, width, 3)."""

LUMA = (0.299, 0.587, 0.114)
"""The weights of ITU-R BT.601, with which Pillow and OpenCV convert to grey."""

RAW_BYTES = ("uint8", 1.0, 0)
"""The dtype, the scale and the zero point of a tensor whose levels are the pixels themselves."""

BAND_PIXELS = 1 << 18
"""The number of pixels that are converted at once."""

Convert: TypeAlias = "Callable[[Image.Image], Image.Image]"

_PIL_IMAGES = threading.Lock()
"""Held while a caller's PIL image is read. Pillow decodes an image and its EXIF data on first use,
and two threads that do this at once get incomplete data."""


def read_pixels(
    image: ImageLike, input_spec: ImageInput, *, decoding: Decoding = "exact"
) -> NDArray[np.uint8]:
    """Return ``image`` in sRGB at the model's size, uint8 (1, height, width, 3).

    Raises InputError if it is not an image, is damaged or has more than MAX_PIXELS.
    """
    if isinstance(image, np.ndarray):
        pixels = _from_array(image)
        placed = place(pixels.shape[0], pixels.shape[1], input_spec)
        left, top, right, bottom = placed.box
        pixels = pixels[top:bottom, left:right]
        if pixels.shape[:2] != (placed.height, placed.width):
            pixels = resize(pixels, placed.height, placed.width)
        return _padded(pixels, placed, input_spec)[np.newaxis]
    # Stay in Pillow to the end: to copy 12 megapixels to an array costs as much as decoding them.
    opened, scaled = _open_upright(image, input_spec if decoding == "scaled" else None)
    to_rgb = _converter(opened, input_spec.background)
    box: tuple[float, ...] | None = None
    if scaled:
        placed = place(scaled.height, scaled.width, input_spec)
        box = tuple(edge / scaled.divisor for edge in placed.box)
    else:
        placed = place(opened.height, opened.width, input_spec)
        if placed.box != (0, 0, *opened.size):
            opened = opened.crop(placed.box)
    if not scaled and opened.size == (placed.width, placed.height):
        resized = _in_bands(opened, to_rgb)
    else:
        resized = _resample(opened, placed.height, placed.width, box, to_rgb)
    return _padded(np.asarray(resized), placed, input_spec)[np.newaxis]


def to_tensor(
    pixels: NDArray[np.uint8], input_spec: ImageInput, tensor: TensorSpec
) -> NDArray[np.float32] | NDArray[np.uint8] | NDArray[np.int8]:
    """Return ``pixels``, uint8 (n, height, width, 3), as the model's input tensor.

    It is float32, or uint8 or int8 with the tensor's scale and zero point, (n, height, width,
    channels). Raises EngineError for another dtype.
    """
    grey = input_spec.channels == 1
    scaled = input_spec.scale != (1.0,) or input_spec.offset != (0.0,)
    if input_spec.channel_order == "bgr" and not scaled:
        pixels = pixels[..., ::-1]
    if not (grey or scaled) and (tensor.dtype, tensor.scale, tensor.zero_point) == RAW_BYTES:
        return np.ascontiguousarray(pixels)
    real = pixels.astype(np.float32)
    if grey:
        # Product by product, because the order of a matrix product's sums is the library's.
        red, green, blue = (real[..., at : at + 1] * np.float32(LUMA[at]) for at in range(3))
        real = red + green + blue
    if scaled:
        real = real * np.array(input_spec.scale, np.float32) + np.array(
            input_spec.offset, np.float32
        )
        if input_spec.channel_order == "bgr":
            real = np.ascontiguousarray(real[..., ::-1])
    if tensor.dtype == "float32":
        return real
    if tensor.dtype == "uint8":
        return quantize(real, scale=tensor.scale, zero_point=tensor.zero_point, dtype=np.uint8)
    if tensor.dtype == "int8":
        return quantize(real, scale=tensor.scale, zero_point=tensor.zero_point, dtype=np.int8)
    raise EngineError(
        f"Expected an image model with float32, uint8 or int8 input, got {tensor.dtype}."
    )


def resize(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return ``pixels``, uint8 (any, any, 3), resampled to (height, width, 3).

    Raises InputError if the image would have more than MAX_PIXELS between the passes.

    Pillow applies its antialiased bilinear filter in integers, first horizontally. A single call
    for both axes would give other bits from Pillow 13 on, which chooses the order by the shape.
    """
    _check_pillow()
    from PIL import Image

    return np.asarray(_resample(Image.fromarray(pixels), height, width))


def decode(
    source: str | os.PathLike[str] | bytes | Image.Image, background: Color = (255, 255, 255)
) -> NDArray[np.uint8]:
    """Return an image from a file, upright, in sRGB and opaque, uint8 (height, width, 3).

    Raises InputError if it is not an image, is damaged or has more than MAX_PIXELS.
    """
    image, _ = _open_upright(source)
    return np.asarray(_in_bands(image, _converter(image, background)))


def _open_upright(
    source: str | os.PathLike[str] | bytes | Image.Image, covered: ImageInput | None = None
) -> tuple[Image.Image, Scaled | None]:
    """Return an image upright and in sRGB, in any mode, and what ``decode_scaled`` returns for it.

    With ``covered``, a JPEG is decoded at a fraction of its size that still covers that input.
    """
    _check_pillow()
    from PIL import Image

    name = "an image in memory"
    try:
        if isinstance(source, Image.Image):
            with _PIL_IMAGES:
                return _upright(source), None
        if isinstance(source, bytes):
            content = source
        elif isinstance(source, str | os.PathLike):
            name = repr(os.fspath(source))
            with open(source, "rb") as opened:
                # The size of a device or a pipe is 0. A buffer for the largest file would cost
                # more than reading and decoding a small one.
                size = os.fstat(opened.fileno()).st_size or limits.MAX_IMAGE_BYTES
                content = opened.read(min(size, limits.MAX_IMAGE_BYTES) + 1)
            if len(content) > limits.MAX_IMAGE_BYTES:
                raise InputError(f"Expected at most {limits.MAX_IMAGE_BYTES:,} bytes, got more.")
        else:
            raise InputError(
                "Expected an image as path, bytes, PIL image or uint8 array,"
                f" got {type(source).__name__}."
            )
        header = read_header(content)
        if header.format == "WEBP":
            from satchel.preprocessing.webp import decode_still

            still = decode_still(content, header.width, header.height)
            if still is not None:
                return _upright(still), None
        with open_image(content) as image:
            _check_size(image.width, image.height)
            scaled = None
            if covered:
                from satchel.preprocessing.jpeg_scaling import decode_scaled

                scaled = decode_scaled(image, covered)
            return _upright(image), scaled
    except InputError as error:
        raise InputError(f"{error} ({name})") from error
    except Exception as error:
        # A decoder fails in many ways on damaged data. For the user they are all the same.
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(f"Expected a readable image, got {name}: {reason}.") from error


def to_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return ``pixels``, uint8 (height, width, 3), as a PNG file.

    Raises InputError if Pillow is not installed.
    """
    _check_pillow()
    from PIL import Image

    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def _from_array(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = pixels.ndim == 2
    if pixels.dtype != np.uint8 or not (grey or pixels.shape[2:] == (3,)) or 0 in pixels.shape:
        raise InputError(
            "Expected an array of uint8 (height, width) or (height, width, 3),"
            f" got {pixels.dtype} {pixels.shape}."
        )
    _check_size(pixels.shape[1], pixels.shape[0])
    return np.repeat(pixels[..., np.newaxis], 3, axis=2) if grey else pixels


def _upright(image: Image.Image) -> Image.Image:
    _check_size(image.width, image.height)
    if image.mode == "F":
        # No file says which number is white, and clipping to 0..255 would be a guess.
        raise InputError(
            "Expected an image of whole numbers, got one of floating point numbers: save it with 8"
            " or 16 bits a channel."
        )
    found = to_srgb(upright(image))
    to_rgb = _converter(found, (0, 0, 0))
    if to_rgb is not None:
        # Whether a mode can become RGB shows with one pixel, and is a fault of the image.
        to_rgb(found.crop((0, 0, 1, 1)))
    return found


def _converter(image: Image.Image, background: Color) -> Convert | None:
    """Return what makes a band of rows of ``image`` RGB and opaque, None if it is that already."""
    from PIL import Image

    if image.mode.startswith("I"):
        return lambda band: Image.fromarray(_upper_bytes(band))
    if has_transparency(image):
        return lambda band: Image.fromarray(_flattened(band, background))
    return None if image.mode == "RGB" else lambda band: band.convert("RGB")


def _in_bands(
    image: Image.Image,
    change: Convert | None,
    then: Convert = lambda band: band,
    width: int | None = None,
) -> Image.Image:
    """Return an RGB image of what the two functions make of each band of rows of ``image``.

    Each band gets the width ``width``. The whole image at once, in wider numbers, would take ten
    times its memory.
    """
    from PIL import Image

    if change is None:
        return then(image)
    changed = Image.new("RGB", (width or image.width, image.height))
    rows = max(1, BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        changed.paste(then(change(band)), (0, top))
    return changed


def _upper_bytes(band: Image.Image) -> NDArray[np.uint8]:
    """Return the upper byte of each pixel of a grey image with 16 bits, as libpng keeps it."""
    upper = np.clip(np.asarray(band).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
    return np.repeat(upper[..., np.newaxis], 3, axis=2)


def _flattened(band: Image.Image, background: Color) -> NDArray[np.uint8]:
    rgba = np.asarray(band.convert("RGBA")).astype(np.uint16)
    alpha = rgba[..., 3:]
    mixed = rgba[..., :3] * alpha + np.array(background, np.uint16) * (255 - alpha) + np.uint16(127)
    # This is mixed // 255 for each number below 65,535, and far quicker.
    return ((mixed + (mixed >> 8) + np.uint16(1)) >> 8).astype(np.uint8)


def _resample(
    image: Image.Image,
    height: int,
    width: int,
    box: tuple[float, ...] | None = None,
    to_rgb: Convert | None = None,
) -> Image.Image:
    """Return the part in ``box`` (left, top, right, bottom), or the whole image, resampled.

    ``to_rgb`` converts each band of rows first.
    """
    from PIL import Image

    rows = image.height
    _check_size(width, rows)
    left, top, right, bottom = box or (0, 0, image.width, rows)
    bilinear = Image.Resampling.BILINEAR

    def narrow(band: Image.Image) -> Image.Image:
        # Each row on its own, so that bands give the same bits as the whole image.
        return band.resize((width, band.height), bilinear, box=(left, 0, right, band.height))

    wide = _in_bands(image, to_rgb, narrow, width)
    return wide.resize((width, height), bilinear, box=(0, top, width, bottom))


def _check_pillow() -> None:
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise InputError(
            "Expected Pillow to read, resize or write images, got none installed:"
            " pip install Pillow."
        ) from error


def _check_size(width: int, height: int) -> None:
    if width * height > limits.MAX_PIXELS:
        raise InputError(f"Expected at most {limits.MAX_PIXELS:,} pixels, got {width} x {height}.")


def _padded(
    pixels: NDArray[np.uint8], placed: Placement, input_spec: ImageInput
) -> NDArray[np.uint8]:
    """Return ``pixels`` at their place among the input's padding; most inputs have none."""
    if pixels.shape[:2] == (input_spec.height, input_spec.width):
        return pixels
    whole = np.empty((input_spec.height, input_spec.width, 3), np.uint8)
    whole[:] = input_spec.padding
    rows = slice(placed.top, placed.top + placed.height)
    whole[rows, placed.left : placed.left + placed.width] = pixels
    return whole
