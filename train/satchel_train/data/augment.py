"""Augments training images: changed copies teach a network what does not matter.

Each function makes a batch from a batch of images, uint8 (n, height, width) or (n, height, width,
3), and a random generator.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
ChangeImages: TypeAlias = Callable[[Pixels, np.random.Generator], Pixels]

SMALLEST_SHARE = 0.6
"""The smallest share of an image's area that a crop keeps."""
WIDEST_RATIO = 4 / 3
"""The largest ratio of a crop's sides, relative to the ratio of the image's sides."""
COLOUR_STRENGTH = 0.4
"""The largest change of brightness, contrast and saturation: by a factor of 0.6 to 1.4."""


def shift(images: Pixels, randomness: np.random.Generator, *, pixels: int) -> Pixels:
    """Move each image by up to ``pixels`` in both directions. New pixels repeat the edge.

    Source: He et al. 2016, Deep Residual Learning for Image Recognition, section 4.2, where the new
    pixels are black.
    """
    count, height, width = images.shape[:3]
    down, right = randomness.integers(-pixels, pixels + 1, (2, count, 1))
    rows = np.clip(np.arange(height) + down, 0, height - 1)
    columns = np.clip(np.arange(width) + right, 0, width - 1)
    moved = np.empty_like(images)
    for at, image in enumerate(images):
        np.take(image[rows[at]], columns[at], axis=1, out=moved[at], mode="clip")
    return moved


def mirror(images: Pixels, randomness: np.random.Generator) -> Pixels:
    """Swap left and right of each image with a probability of one half.

    Source: Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Neural Networks.
    """
    chosen = randomness.random(len(images)) < 0.5
    changed = images.copy()
    changed[chosen] = mirrored(changed[chosen])
    return changed


def mirrored(images: NDArray[Any]) -> NDArray[Any]:
    """Return ``images``, (n, height, width, ...), with left and right swapped."""
    return images[:, :, ::-1]


def crop(images: Pixels, randomness: np.random.Generator) -> Pixels:
    """Cut each image to a part of 60 to 100 % of its area, and enlarge that to the whole size.

    Source: Szegedy et al. 2015, Going Deeper with Convolutions, section 6, where a part may be as
    small as 8 %; a small data set cannot teach a network what such a part shows.
    """
    from PIL import Image

    count, height, width = images.shape[:3]
    share = randomness.uniform(SMALLEST_SHARE, 1, count)
    ratio = np.exp(randomness.uniform(-np.log(WIDEST_RATIO), np.log(WIDEST_RATIO), count))
    wide = np.minimum(np.sqrt(share * ratio), 1) * width
    high = np.minimum(np.sqrt(share / ratio), 1) * height
    left, top = randomness.random((2, count)) * (width - wide, height - high)
    right, bottom = np.minimum(left + wide, width), np.minimum(top + high, height)
    boxes = np.stack([left, top, right, bottom], axis=1).tolist()
    cut = np.empty_like(images)
    for at, box in enumerate(boxes):
        part = Image.fromarray(images[at])
        cut[at] = np.asarray(part.resize((width, height), Image.Resampling.BILINEAR, box=box))
    return cut


def colour(images: Pixels, randomness: np.random.Generator) -> Pixels:
    """Change brightness, contrast and saturation of each image, each by a factor of 0.6 to 1.4.

    A grey image has no saturation. Source: Howard 2013, Some Improvements on Deep Convolutional
    Neural Network Based Image Classification, section 2.2.
    """
    from PIL import Image, ImageEnhance

    enhancers = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)
    factors = randomness.uniform(1 - COLOUR_STRENGTH, 1 + COLOUR_STRENGTH, (len(images), 3))
    changed = np.empty_like(images)
    for at, of_image in enumerate(factors.tolist()):
        image = Image.fromarray(images[at])
        for enhancer, factor in zip(enhancers, of_image, strict=True):
            image = enhancer(image).enhance(factor)
        changed[at] = np.asarray(image)
    return changed
