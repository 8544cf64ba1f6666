"""Reads the size of the images that a model takes from the shape of its input."""

import math

from satchel_convert.errors import ModelFolderError

Sides = tuple[int | None, ...]
_CHANNELS = (1, 3)


def image_sides(shape: Sides, *, size: tuple[int, int] | None, name: str) -> tuple[int, int, int]:
    """Return height, width and channels of the images for an input of ``shape``, without batch.

    The shape is (height, width, channels), (channels, height, width), (height, width) for grey
    images, or (numbers,) for images in one row, which are square unless ``size`` says otherwise.

    Raises ModelFolderError for another shape, a size that contradicts it, and a missing size.
    """
    found = _flat(shape[0], size, name) if len(shape) == 1 and shape[0] else _sides(shape)
    if found is None:
        raise ModelFolderError(
            "Expected a model of one image, (None, height, width, 1 or 3), (None, height, width) or"
            f" (None, numbers), in {name!r}, got {(None, *shape)}."
        )
    height, width, channels = found
    if height is None or width is None:
        if size is None:
            raise ModelFolderError(
                f"Expected --size HEIGHT,WIDTH: {name!r} accepts images of any size."
            )
        height, width = height or size[0], width or size[1]
    if size not in (None, (height, width)):
        raise ModelFolderError(
            f"Expected no --size, or {height},{width}: {name!r} accepts no other size."
        )
    return height, width, channels


def is_image_shape(shape: Sides) -> bool:
    """Return whether an input of ``shape``, without its batch, may be one image."""
    return _sides(shape) is not None


def _sides(shape: Sides) -> tuple[int | None, int | None, int] | None:
    if len(shape) == 2:
        return shape[0], shape[1], 1
    if len(shape) != 3:
        return None
    if shape[2] in _CHANNELS:
        return shape[0], shape[1], shape[2] or 1
    if shape[0] in _CHANNELS:
        return shape[1], shape[2], shape[0] or 1
    # A spectrogram whose one channel stands in the middle.
    return (shape[0], shape[2], 1) if shape[1] == 1 else None


def _flat(numbers: int, size: tuple[int, int] | None, name: str) -> tuple[int, int, int] | None:
    """Return the sides of an image whose numbers stand in one row."""
    for channels in _CHANNELS:
        pixels, rest = divmod(numbers, channels)
        if rest:
            continue
        if size is not None and size[0] * size[1] == pixels:
            return *size, channels
        side = math.isqrt(pixels)
        if size is None and side * side == pixels:
            return side, side, channels
    if size is None:
        raise ModelFolderError(
            f"Expected --size HEIGHT,WIDTH: {name!r} reads {numbers} numbers, which are no square"
            " image of 1 or 3 channels."
        )
    raise ModelFolderError(
        f"Expected a --size of {numbers} numbers for {name!r}, got {size[0]},{size[1]}: that is"
        f" {size[0] * size[1]} in grey."
    )
