"""Pictures to compare a model with itself, where nobody gave any."""

import numpy as np

from satchel.images import resize, to_png
from satchel_convert.golden import GoldenInput

_CELLS = (2, 3, 5, 9)
"""Of each picture's side: from two colours a row to many, as textures are fine and coarse"""


def made_up_pictures(height: int, width: int) -> list[GoldenInput]:
    """Return a few PNG files of that size, the same ones every time."""
    random = np.random.default_rng(0)
    pictures = []
    for number, cells in enumerate(_CELLS):
        coarse = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        pictures.append(GoldenInput(to_png(resize(coarse, height, width)), f"golden/{number}.png"))
    return pictures
