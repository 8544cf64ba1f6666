"""A picture to model input, the same bits on every machine; and pixels to a file.

In this order: decode, EXIF transpose, sRGB, flatten transparency, cut to the aspect ratio if the
card says so, resize in two one-axis passes, scale and offset. Each step is specified in
``docs/bundle.md``; decoding and resampling are Pillow's.
"""

import io
import os
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.card import Color, ImageInput, TensorSpec
from satchel.errors import EngineError, InputError, first_line
from satchel.quantization import quantize
from satchel.transparency import has_transparency

if TYPE_CHECKING:
    from PIL import Image

Picture: TypeAlias = "str | os.PathLike[str] | bytes | Image.Image | NDArray[np.uint8]"
"""A path, an encoded file, a PIL image, or uint8 (height, width) or (height, width, 3)"""

MAX_PIXELS = 89_478_485
"""A quarter of a gibibyte of RGB, where Pillow begins to warn of decompression bombs"""
MAX_FILE_BYTES = 1 << 28
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""Pillow's names; it would also run other programs, such as Ghostscript for EPS"""
SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Of files in these formats"""
LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601, as in Pillow's and OpenCV's conversion to grey"""


def read_pixels(picture: Picture, image: ImageInput) -> NDArray[np.uint8]:
    """Return ``picture`` in sRGB at the model's size, uint8 (1, height, width, 3).

    Raises InputError for what is no picture, is damaged or has more than MAX_PIXELS.
    """
    if isinstance(picture, np.ndarray):
        pixels = _from_array(picture)
    else:
        pixels = decode(picture, image.background)
    if image.fit == "crop":
        pixels = _crop(pixels, image.height, image.width)
    if pixels.shape[:2] != (image.height, image.width):
        pixels = resize(pixels, image.height, image.width)
    return pixels[np.newaxis]


def to_tensor(
    pixels: NDArray[np.uint8], image: ImageInput, tensor: TensorSpec
) -> NDArray[np.float32] | NDArray[np.uint8] | NDArray[np.int8]:
    """Return ``pixels``, uint8 (n, height, width, 3), as the model takes them.

    float32, or uint8 or int8 at the tensor's scale and zero point, (n, height, width, channels).
    """
    plain = image.channels == 3 and image.scale == (1.0,) and image.offset == (0.0,)
    if plain and tensor == TensorSpec("uint8"):
        return pixels
    real = pixels.astype(np.float32)
    if image.channels == 1:
        real = real @ np.array(LUMA, np.float32)[:, np.newaxis]
    if not plain:
        real = real * np.array(image.scale, np.float32) + np.array(image.offset, np.float32)
    if tensor.dtype == "float32":
        return real
    if tensor.dtype == "uint8":
        return quantize(real, scale=tensor.scale, zero_point=tensor.zero_point, dtype=np.uint8)
    if tensor.dtype == "int8":
        return quantize(real, scale=tensor.scale, zero_point=tensor.zero_point, dtype=np.int8)
    raise EngineError(
        f"Expected a picture model with float32, uint8 or int8 input, got {tensor.dtype}."
    )


def resize(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return ``pixels``, uint8 (any, any, 3), resampled to (height, width, 3).

    Raises InputError where the picture would have more than MAX_PIXELS between the passes.

    Pillow's antialiased bilinear filter in integers, horizontally first. One call for both axes
    would give other bits from Pillow 13 on, which chooses the order by the picture's shape.
    """
    _check_pillow()
    from PIL import Image

    _check_size(width, pixels.shape[0])
    picture = Image.fromarray(pixels)
    wide = picture.resize((width, picture.height), Image.Resampling.BILINEAR)
    return np.asarray(wide.resize((width, height), Image.Resampling.BILINEAR))


def decode(
    source: "str | os.PathLike[str] | bytes | Image.Image", background: Color = (255, 255, 255)
) -> NDArray[np.uint8]:
    """Return a picture from a file upright, in sRGB and opaque, uint8 (height, width, 3).

    Raises InputError for what is no picture, is damaged or has more than MAX_PIXELS.
    """
    _check_pillow()
    from PIL import Image, UnidentifiedImageError

    name = "a picture in memory"
    try:
        if isinstance(source, Image.Image):
            return _to_rgb(source, background)
        if isinstance(source, bytes):
            file = io.BytesIO(source)
        elif isinstance(source, str | os.PathLike):
            name = repr(os.fspath(source))
            with open(source, "rb") as opened:
                # Of a device or a pipe it is 0. A buffer for the largest file would cost more than
                # to read and decode a small one.
                size = os.fstat(opened.fileno()).st_size or MAX_FILE_BYTES
                content = opened.read(min(size, MAX_FILE_BYTES) + 1)
            if len(content) > MAX_FILE_BYTES:
                raise InputError(f"Expected at most {MAX_FILE_BYTES:,} bytes, got more.")
            file = io.BytesIO(content)
        else:
            raise InputError(
                "Expected a picture as path, bytes, PIL image or uint8 array,"
                f" got {type(source).__name__}."
            )
        with Image.open(file, formats=FORMATS) as image:
            return _to_rgb(image, background)
    except InputError as error:
        raise InputError(f"{error} ({name})") from error
    except UnidentifiedImageError as error:
        known = ", ".join(FORMATS)
        raise InputError(f"Expected a picture ({known}), got something else: {name}.") from error
    except Exception as error:
        # A decoder fails in many ways on damaged data; to the user they are all one.
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(f"Expected a readable picture, got {name}: {reason}.") from error


def to_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return ``pixels``, uint8 (height, width, 3), as a PNG file.

    Raises InputError where Pillow is not installed.
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


def _to_rgb(image: "Image.Image", background: Color) -> NDArray[np.uint8]:
    """Return the picture upright, in sRGB and opaque, uint8 (height, width, 3)."""
    _check_size(image.width, image.height)
    image = _to_srgb(_upright(image))
    if image.mode.startswith("I"):
        # 16 bits a pixel, grey: the upper byte, as libpng strips it.
        upper = np.clip(np.asarray(image).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(upper[..., np.newaxis], 3, axis=2)
    if not has_transparency(image):
        return np.asarray(image.convert("RGB"))
    rgba = np.asarray(image.convert("RGBA")).astype(np.uint32)
    alpha = rgba[..., 3:]
    mixed = (rgba[..., :3] * alpha + np.array(background, np.uint32) * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)


def _upright(image: "Image.Image") -> "Image.Image":
    """Return the picture as its EXIF orientation says; damaged EXIF counts as none."""
    from PIL import ImageOps

    # What is damaged beyond the EXIF must be an error still.
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - the parser fails in many ways, browsers ignore them all
        return image


def _to_srgb(image: "Image.Image") -> "Image.Image":
    """Return the picture in sRGB; without a profile that fits and can be read it counts as sRGB."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode.startswith("I"):
        return image
    from PIL import ImageCms

    if image.mode == "LA":
        # A grey profile fits the grey channel alone.
        alpha = image.getchannel("A")
        opaque = image.getchannel("L")
        opaque.info["icc_profile"] = profile
        coloured = _to_srgb(opaque).convert("RGB")
        coloured.putalpha(alpha)
        return coloured
    mode = "RGBA" if has_transparency(image) else "RGB"
    if image.mode != mode and image.mode not in ("L", "CMYK"):
        image = image.convert(mode)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError):
        # Browsers ignore a damaged profile too, and so must every port.
        return image
    assert converted is not None, "profileToProfile returns an image unless inPlace is set"
    return converted


def _check_pillow() -> None:
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise InputError(
            "Expected Pillow to read, resize or write pictures, it is not installed:"
            " pip install 'satchel[images]'."
        ) from error


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise InputError(f"Expected at most {MAX_PIXELS:,} pixels, got {width} x {height}.")


def _crop(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return the largest centred piece with the aspect ratio of (height, width), whole pixels."""
    rows, columns = pixels.shape[:2]
    if columns * height > width * rows:
        keep = max(1, (2 * rows * width + height) // (2 * height))
        left = (columns - keep) // 2
        return pixels[:, left : left + keep]
    keep = max(1, (2 * columns * height + width) // (2 * width))
    top = (rows - keep) // 2
    return pixels[top : top + keep]
