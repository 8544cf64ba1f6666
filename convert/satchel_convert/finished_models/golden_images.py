"""Images to compare a model with itself, where nobody gave any."""

import numpy as np

from satchel.preprocessing import resize, to_png
from satchel_convert.golden.candidates import Candidates
from satchel_convert.golden.images import GoldenImage, candidates_from_images

_CELLS = (2, 3, 5, 9)
"""Of each image's side: from two colours a row to many, as textures are fine and coarse"""


def made_up_images(height: int, width: int) -> Candidates:
    """Return a few PNG files of that size and blends of them, the same ones every time."""
    random = np.random.default_rng(0)
    images = []
    for number, cells in enumerate(_CELLS):
        coarse = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        pixels = resize(coarse, height, width)
        images.append(GoldenImage(f"golden/{number}.png", to_png(pixels), pixels))
    return candidates_from_images(images)
