"""Finds images of different parts that look alike: saved again, resized, brighter or darker.

An image is compared as a thumbnail of 16 x 16 pixels in colour, at a mean of 0 and a length of 1,
so that brightness and contrast do not matter. Two images look alike if the angle between their
thumbnails is small *and* they stand out: at twice the distance there are few other images.
Handwritten digits are close to many others, and copies of a photograph are close to that one only.
A tree of the main axes of all thumbnails finds the neighbours, so that 50,000 images take seconds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIDE = 16
"""Height and width of a thumbnail, in pixels."""
DISTANCE = 0.16
"""The largest distance of two thumbnails of length 1 that look alike: a correlation of 0.987. Of
1,000 images of CIFAR-100, 85 % stay within it when they are saved as JPEG of quality 75."""
LEAST_SHARE = 0.5
"""More than this share of the neighbours within twice the distance must be within the distance.
With it, 11 of MNIST's 15,000 images that validate or test raise an alarm; without it, 285 of the
10,000 that test."""
NEIGHBOURS = 16
"""The most neighbours that are compared with an image."""
AXES = 24
"""The number of main axes by which neighbours are found. All pixels decide."""
AXES_FROM = 1000
"""The number of thumbnails that the main axes are computed from."""
LEAST_DEVIATION = 4.0
"""The least standard deviation of a colour's levels over a thumbnail. Flatter images are not
compared: their noise would decide."""
ROWS_AT_ONCE = 4096


class Similar(NamedTuple):
    """An image that looks like one of another part."""

    image: int
    other: int
    """The image of the other part that it is most like."""


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image, (height, width, 3), as a row of levels, uint8 (768,)."""
    from PIL import Image

    # Pixels are averaged where there are more than in the thumbnail, so that noise cancels out.
    small = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small).reshape(-1)


def find_similar(
    thumbnails: NDArray[np.uint8], *, parts: Sequence[NDArray[np.intp]]
) -> list[Similar]:
    """Return the images that look like an image of an earlier part, each with the most similar one.

    Args:
        thumbnails: those of all images, uint8 (n, 768).
        parts: the positions of each part's images.

    """
    axes = _main_axes(thumbnails)
    found: list[Similar] = []
    for number in range(1, len(parts)):
        earlier = np.concatenate(parts[:number])
        found += _similar_to(thumbnails, parts[number], earlier, axes)
    return found


def _similar_to(
    thumbnails: NDArray[np.uint8],
    images: NDArray[np.intp],
    others: NDArray[np.intp],
    axes: NDArray[np.float32],
) -> list[Similar]:
    from scipy.spatial import KDTree

    images, others = (_not_flat(thumbnails, each) for each in (images, others))
    if not len(images) or not len(others):
        return []
    distances, near = KDTree(_along(thumbnails, others, axes)).query(
        _along(thumbnails, images, axes),
        k=min(NEIGHBOURS, len(others)) + 1,
        distance_upper_bound=2 * DISTANCE,
    )
    # Distances along some axes are never longer than those of all pixels.
    candidates = np.flatnonzero(distances[:, 0] <= DISTANCE)
    found = []
    for at in candidates.tolist():
        neighbours = others[near[at][np.isfinite(distances[at])]]
        image = _unit(thumbnails[images[at : at + 1]])
        exact = np.linalg.norm(_unit(thumbnails[neighbours]) - image, axis=1)
        close = np.count_nonzero(exact <= DISTANCE)
        if close > LEAST_SHARE * np.count_nonzero(exact <= 2 * DISTANCE):
            found.append(Similar(int(images[at]), int(neighbours[exact.argmin()])))
    return found


def _main_axes(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return orthonormal axes along which the thumbnails differ most, (768, axes)."""
    some = _unit(thumbnails[:: max(1, len(thumbnails) // AXES_FROM)])
    axes: NDArray[np.float32] = np.linalg.svd(some - some.mean(axis=0), full_matrices=False)[2]
    return axes[:AXES].T


def _along(
    thumbnails: NDArray[np.uint8], positions: NDArray[np.intp], axes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the places of the thumbnails at ``positions`` along ``axes``, (n, axes)."""
    starts = range(0, len(positions), ROWS_AT_ONCE)
    rows = (thumbnails[positions[start : start + ROWS_AT_ONCE]] for start in starts)
    return np.concatenate([_unit(some) @ axes for some in rows])


def _not_flat(thumbnails: NDArray[np.uint8], positions: NDArray[np.intp]) -> NDArray[np.intp]:
    starts = range(0, len(positions), ROWS_AT_ONCE)
    rows = (thumbnails[positions[start : start + ROWS_AT_ONCE]] for start in starts)
    deviations = [some.reshape(len(some), -1, 3).std(axis=1).max(axis=1) for some in rows]
    return positions[np.concatenate([np.empty(0), *deviations]) >= LEAST_DEVIATION]


def _unit(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the levels of each thumbnail with a mean of 0 and a length of 1, (n, 768)."""
    levels = thumbnails.astype(np.float32)
    levels -= levels.mean(axis=1, keepdims=True)
    levels /= np.maximum(np.linalg.norm(levels, axis=1, keepdims=True), np.float32(1e-6))
    return levels
