"""Makes images for the golden vectors of a model without evaluation samples."""

import numpy as np

from satchel.preprocessing import resize, to_png
from satchel_convert.golden.candidates import Candidates
from satchel_convert.golden.images import GoldenImage, candidates_from_images

_CELLS = (2, 3, 5, 9)
"""The number of cells along a side of each image: few make a coarse texture, many a fine one"""


def made_up_images(height: int, width: int) -> Candidates:
    """Return a few PNG images of that size and blends of them, the same ones every time."""
    random = np.random.default_rng(0)
    images = []
    for number, cells in enumerate(_CELLS):
        coarse = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        pixels = resize(coarse, height, width)
        images.append(GoldenImage(f"golden/{number}.png", to_png(pixels), pixels))
    return candidates_from_images(images)
