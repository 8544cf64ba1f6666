"""Tells whether an image can be transparent, the same with every version of Pillow."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


def has_transparency(image: "Image.Image") -> bool:
    """Return whether ``image`` has an alpha channel, a transparent colour or such a palette.

    Pillow has ``has_transparency_data`` for this only since 10.1. Debian 12 has Pillow 9.4, and no
    newer one is built for 32-bit Arm with the Python 3.11 there.
    """
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return True
    return image.palette is not None and image.mode == "P" and image.palette.mode.endswith("A")
