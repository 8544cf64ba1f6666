"""Whether an image is transparent anywhere, told alike by every Pillow."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


def has_transparency(image: "Image.Image") -> bool:
    """Return whether ``image`` has an alpha channel, or a colour or palette that says so.

    Pillow's ``has_transparency_data``, which 10.1 brought: Debian 12's Pillow, the only one that is
    built for 32-bit Arm on Python 3.11 there, is 9.4.
    """
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return True
    return image.palette is not None and image.mode == "P" and image.palette.mode.endswith("A")
