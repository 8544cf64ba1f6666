"""An image with an embedded profile to sRGB, by Little CMS."""

import io
from typing import TYPE_CHECKING

from satchel.preprocessing.alpha import has_transparency

if TYPE_CHECKING:
    from PIL import Image


def to_srgb(image: "Image.Image") -> "Image.Image":
    """Return the image in sRGB; without a profile that fits and can be read it counts as sRGB."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode.startswith("I"):
        return image
    from PIL import ImageCms

    if image.mode == "LA":
        # A grey profile fits the grey channel alone.
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
