"""Converts an image to sRGB, with Little CMS, and tells whether it can be transparent."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


def to_srgb(image: "Image.Image") -> "Image.Image":
    """Return the image in sRGB. Without a profile that is readable and fits, it counts as sRGB."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode.startswith("I"):
        return image
    from PIL import ImageCms

    if image.mode == "LA":
        # A grey profile fits only the grey channel.
        alpha = image.getchannel("A")
        opaque = image.getchannel("L")
        opaque.info["icc_profile"] = profile
        coloured = to_srgb(opaque).convert("RGB")
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


def has_transparency(image: "Image.Image") -> bool:
    """Return whether ``image`` has an alpha channel, a transparent colour or such a palette.

    Pillow has ``has_transparency_data`` for this only since 10.1. Debian 12 has Pillow 9.4, and no
    newer one is built for 32-bit Arm with the Python 3.11 there.
    """
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return True
    return image.palette is not None and image.mode == "P" and image.palette.mode.endswith("A")
