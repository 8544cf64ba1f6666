"""Images with content: smooth patches of colour, as photographs have, each of its own."""

import numpy as np
from PIL import Image


def photograph(number, *, size=(64, 48)):
    """Return the image ``number``: the same number gives the same image."""
    patches = np.random.default_rng(number).integers(0, 256, (5, 7, 3), np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


def write_photographs_of(folder, classes, *, suffix=".png"):
    """Write a photograph of each number: ``classes`` is the name of a class to its numbers."""
    for name, numbers in classes.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in numbers:
            photograph(number).save(folder / name / f"{number}{suffix}")
