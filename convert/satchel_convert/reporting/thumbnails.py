"""Makes images that are small enough to be part of a page."""

import base64

import numpy as np
from numpy.typing import NDArray

from satchel.preprocessing import resize, to_png


def png_url(pixels: NDArray[np.uint8], *, longer_side: int) -> str:
    """Return an image, uint8 (height, width, 3), as the data URL of a PNG file.

    An image with a side longer than ``longer_side`` pixels is made smaller. No image is made
    larger.
    """
    height, width = pixels.shape[:2]
    share = min(1.0, longer_side / max(height, width))
    if share < 1:
        pixels = resize(pixels, max(1, round(height * share)), max(1, round(width * share)))
    return "data:image/png;base64," + base64.b64encode(to_png(pixels)).decode()
